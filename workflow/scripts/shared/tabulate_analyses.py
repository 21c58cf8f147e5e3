"""Write the tables of the analyses as pages of the report."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_text
from rootline.core.report_pages import table_page
from rootline.core.script import run_script
from rootline.core.tables import read_numbers


def main(
    analyses: Annotated[list[Path], typer.Argument(help="Tables of the analyses.")],
    pages: Annotated[Path, typer.Option(help="Output: folder of the pages, one per table, named like it.")],
) -> None:
    for path in analyses:
        write_text(pages / f"{path.stem}.html", table_page(path.stem, read_numbers(path), path=path.as_posix()))


if __name__ == "__main__":
    run_script(main)

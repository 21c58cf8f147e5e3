"""Write the table of runs: what each run id stands for."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_text
from rootline.core.script import run_script


def main(
    table: Annotated[Path, typer.Argument(help="The table as the workflow made it.")],
    runs: Annotated[Path, typer.Option(help="Output: the same.")],
) -> None:
    """Write the table as it is."""
    write_text(runs, table.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run_script(main)

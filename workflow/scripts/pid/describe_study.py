"""Say what was run, as a page of the report."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_json, write_text
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import read_numbers
from rootline.pid.report import run_page


def main(
    files: Annotated[list[Path], typer.Argument(help="ROOT files that the study read.")],
    check: Annotated[list[Path], typer.Option(help="What is in a sample; may be given again.")],
    model: Annotated[list[str], typer.Option(help="name=run of a model; may be given again.")],
    parity: Annotated[list[Path], typer.Option(help="Parity of a model, in the order of the models.")],
    models: Annotated[Path, typer.Option(help="Numbers of all models.")],
    config: Annotated[str, typer.Option(help="The resolved config as JSON.")],
    given: Annotated[str, typer.Option(help="What the config itself states, as JSON.")],
    run_html: Annotated[Path, typer.Option(help="Output: what was run.")],
    provenance: Annotated[Path, typer.Option(help="Output: origin of the report.")],
) -> None:
    origin = describe_run(json.loads(config), {path.as_posix(): path for path in files}, None, "cpu")
    runs = dict(each.split("=", 1) for each in model)
    parities = dict(zip(runs, map(read_json, parity), strict=True))
    text = run_page(
        provenance=origin,
        given=json.loads(given),
        checks=[read_json(path) for path in check],
        models=read_numbers(models),
        parities=parities,
        runs=runs,
    )
    write_text(run_html, text)
    write_json(provenance, origin)


if __name__ == "__main__":
    run_script(main)

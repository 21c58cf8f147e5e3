"""Summarise the study for the report: what was run, what each cut left, and what failed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_json, write_text
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, read_numbers
from rootline.lartpc.report import cutflow_page, failures_page, run_page


def main(
    analyses: Annotated[list[Path], typer.Argument(help="Tables of all analyses of the run.")],
    input_file: Annotated[list[Path], typer.Option(help="File that the study read; may be given again.")],
    cutflow: Annotated[list[Path], typer.Option(help="Cut flow of a sample; may be given again.")],
    check: Annotated[list[Path], typer.Option(help="Report of a sample's files; may be given again.")],
    model: Annotated[Path, typer.Option(help="Origin of the model.")],
    history: Annotated[Path, typer.Option(help="Losses of its training.")],
    latents: Annotated[Path, typer.Option(help="Latents of the run.")],
    features: Annotated[Path, typer.Option(help="Features.")],
    config: Annotated[str, typer.Option(help="The resolved config as JSON.")],
    given: Annotated[str, typer.Option(help="What the config itself states, as JSON.")],
    run_html: Annotated[Path, typer.Option(help="Output: what was run.")],
    cutflow_html: Annotated[Path, typer.Option(help="Output: what each cut left.")],
    failures_html: Annotated[Path, typer.Option(help="Output: what failed or is missing.")],
    provenance: Annotated[Path, typer.Option(help="Output: origin of the report.")],
) -> None:
    origin = describe_run(json.loads(config), {path.as_posix(): path for path in input_file}, None, "cpu")
    trained, tables = read_json(model), {path.stem: read_numbers(path) for path in analyses}
    flows, checks = [read_json(path) for path in cutflow], [read_json(path) for path in check]
    encoded = read_frame(latents, key=TRACK_KEY, columns=["particle", "part"])
    write_text(
        run_html,
        run_page(provenance=origin, model=trained, given=json.loads(given), tables=tables, latents=encoded),
    )
    write_text(cutflow_html, cutflow_page(flows, checks, encoded))
    write_text(
        failures_html,
        failures_page(
            checks=checks,
            cutflows=flows,
            features=read_frame(features, key=TRACK_KEY),
            history=read_frame(history, key=["epoch"]),
            epochs=trained["config"]["train"]["epochs"],
            tables=tables,
        ),
    )
    write_json(provenance, origin)


if __name__ == "__main__":
    run_script(main)

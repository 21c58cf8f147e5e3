"""Put what differs between the runs of a sweep beside their numbers."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_text
from rootline.core.script import run_script
from rootline.core.tables import read_frame, write_table
from rootline.pid.runs import RunConfig
from rootline.pid.sweep import SWEEP_KEY, tabulate_sweep


def main(
    runs: Annotated[Path, typer.Argument(help="JSON: run id to RunConfig.")],
    models: Annotated[Path, typer.Option(help="Numbers of the runs.")],
    table: Annotated[Path, typer.Option(help="Table to write.")],
    csv: Annotated[Path, typer.Option(help="The same as CSV.")],
) -> None:
    configs = {run: RunConfig.model_validate(raw) for run, raw in json.loads(runs.read_text(encoding="utf-8")).items()}
    found = tabulate_sweep(read_frame(models, key=["model", "species"]), configs)
    write_table(table, found, key=SWEEP_KEY)
    write_text(csv, found.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    run_script(main)

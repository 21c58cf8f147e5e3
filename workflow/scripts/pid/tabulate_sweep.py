"""Put what differs between the runs of a sweep beside their numbers."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_json, write_text
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import read_frame, write_table
from rootline.pid.runs import RunConfig
from rootline.pid.sweep import SWEEP_KEY, points_of, tabulate_sweep


def main(
    sweep: Annotated[Path, typer.Argument(help="JSON: RunConfig of each run, and ids of those that are missing.")],
    models: Annotated[Path, typer.Option(help="Numbers of the runs.")],
    table: Annotated[Path, typer.Option(help="Table to write.")],
    csv: Annotated[Path, typer.Option(help="The same as CSV.")],
    provenance: Annotated[Path, typer.Option(help="Output: origin; names the runs that are missing.")],
) -> None:
    members = read_json(sweep)
    configs = {run: RunConfig.model_validate(raw) for run, raw in members["runs"].items()}
    found = tabulate_sweep(read_frame(models, key=["model", "species"]), configs)
    write_table(table, found, key=SWEEP_KEY)
    write_text(csv, found.to_csv(index=False, lineterminator="\n"))
    described = {"keys": points_of(found), "runs": list(configs), "missing": members["missing"]}
    write_json(provenance, describe_run(described, {models.name: models}, None, "cpu"))


if __name__ == "__main__":
    run_script(main)

"""Summarise a sweep: models and analyses of its runs in; one row per run, means over seeds and effects of each axis out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_json, write_text
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.lartpc.analyses.sweep_runs import RUNS_KEY, swept_keys
from rootline.lartpc.analyses.sweep_summary import EFFECTS_KEY, SUMMARY_KEY, measure_effects, summarise_points
from rootline.lartpc.runs import read_run
from rootline.lartpc.sweep_files import files_of_runs, read_runs


def main(
    sweep: Annotated[Path, typer.Argument(help="JSON: ids of the runs, and of those that are missing.")],
    models: Annotated[Path, typer.Option(help="Folder with a folder of each model.")],
    analysis: Annotated[Path, typer.Option(help="Folder with a folder of each run's tables.")],
    table: Annotated[list[str], typer.Option(help="Table of each run to read; may be given again.")],
    to: Annotated[Path, typer.Option(help="Output folder: runs, summary and effects as Parquet and CSV, provenance.")],
) -> None:
    members = read_json(sweep)
    runs = members["runs"]
    keys = swept_keys([read_run(models / run / "config.yaml") for run in runs])
    found = read_runs(models, analysis, runs, table)
    tables = {
        "runs": (found, RUNS_KEY),
        "summary": (summarise_points(found, keys), SUMMARY_KEY),
        "effects": (measure_effects(found, keys), EFFECTS_KEY),
    }
    for name, (frame, key) in tables.items():
        write_table(to / f"{name}.parquet", frame, key=key)
        write_text(to / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    inputs = files_of_runs(models, analysis, runs, table)
    write_json(to / "provenance.json", describe_run({"keys": keys, **members}, inputs, None, "cpu"))


if __name__ == "__main__":
    run_script(main)

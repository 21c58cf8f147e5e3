"""Rank the points of a sweep: means over seeds in; which points no other one beats out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_text
from rootline.core.script import run_script
from rootline.core.tables import read_frame, write_table
from rootline.lartpc.analyses.pareto import PARETO_KEY, rank_points
from rootline.lartpc.analyses.sweep_summary import SUMMARY_KEY


def main(
    summary: Annotated[Path, typer.Argument(help="Means over the seeds of each point.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the summary; names the swept keys.")],
    error: Annotated[str, typer.Option(help="Number to be small.")],
    score: Annotated[str, typer.Option(help="Number to be large.")],
    pareto: Annotated[Path, typer.Option(help="Output: the points and their ranks, Parquet.")],
    csv: Annotated[Path, typer.Option(help="Output: the same as CSV.")],
) -> None:
    keys = read_json(provenance)["config"]["keys"]
    table = rank_points(read_frame(summary, key=SUMMARY_KEY), keys, error=error, score=score)
    write_table(pareto, table, key=PARETO_KEY)
    write_text(csv, table.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    run_script(main)

"""Time how fast models score: models, tracks and a ROOT file in; rates and their order out, which no two runs have alike."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.analyses.engines import prepare_engines
from rootline.pid.analyses.settings.throughput import ThroughputConfig
from rootline.pid.analyses.throughput import ORDER_KEY, THROUGHPUT_KEY, count_tracks, fill_spectrum, time_scoring
from rootline.pid.inputs import raw_inputs
from rootline.pid.runs import read_run
from rootline.pid.scores import read_parts


def main(
    model: Annotated[list[str], typer.Option(help="Name and run of a model, name=run; once for each.")],
    models: Annotated[Path, typer.Option(help="Folder with a folder of each model.")],
    tracks: Annotated[Path, typer.Option(help="Tracks of the first domain.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    root_file: Annotated[str, typer.Option(help="ROOT file of these tracks, for the simple analysis.")],
    threads: Annotated[int, typer.Option(min=1, help="Threads to score on, beside one.")],
    options: Annotated[str, typer.Option(help="ThroughputConfig as JSON.")],
    throughput: Annotated[Path, typer.Option(help="Output: tracks per second of every way of scoring.")],
    order: Annotated[Path, typer.Option(help="Output: whether the rates are in the order reported elsewhere.")],
) -> None:
    folders = {name: models / run for name, _, run in (each.partition("=") for each in model)}
    table = read_parts(tracks, split, read_run(next(iter(folders.values())) / "config.yaml").split)
    engines = prepare_engines(folders, table[table["part"] == "train"], threads=threads)
    judged = raw_inputs(table[table["part"] == "test"])
    found = time_scoring(
        engines,
        judged,
        partial(fill_spectrum, root_file),
        ThroughputConfig.model_validate_json(options),
        n_analysed=count_tracks(root_file),
    )
    write_table(throughput, found.rates, key=THROUGHPUT_KEY)
    write_table(order, found.order, key=ORDER_KEY)


if __name__ == "__main__":
    run_script(main)

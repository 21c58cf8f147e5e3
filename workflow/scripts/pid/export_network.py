"""Write a network as ONNX: weights and config in; model and the scores of torch out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.models import read_network
from rootline.pid.network_export import export_network
from rootline.pid.scores import library_scores, read_parts
from rootline.pid.tracks import FRAME_TRACK_KEY


def main(
    network: Annotated[Path, typer.Option(help="Weights.")],
    config: Annotated[Path, typer.Option(help="Config beside them.")],
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    model: Annotated[Path, typer.Option(help="Model to write, ONNX.")],
    scores: Annotated[Path, typer.Option(help="Scores by torch, to write.")],
) -> None:
    trained = read_network(network, config)
    table = read_parts(tracks, split, trained.run.split)
    export_network(model, trained.module, trained.scaling)
    write_table(scores, library_scores(table, trained.score), key=FRAME_TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

"""Score the tracks of a sample by an exported model: model and tracks in, scores out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.columns import INPUTS
from rootline.pid.onnx_models import OnnxModel
from rootline.pid.scores import read_of_sample, species_scores
from rootline.pid.tracks import FRAME_TRACK_KEY


def main(
    model: Annotated[Path, typer.Option(help="Exported model.")],
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    scores: Annotated[Path, typer.Option(help="Scores to write.")],
) -> None:
    exported = OnnxModel(model)
    found = species_scores(read_of_sample(tracks, columns=INPUTS), exported, exported.outputs)
    write_table(scores, found, key=FRAME_TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

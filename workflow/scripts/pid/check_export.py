"""Compare an exported model with the library that made it: model, scores and tracks in, largest difference out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.columns import INPUTS
from rootline.pid.onnx_models import OnnxModel, check_parity
from rootline.pid.scores import read_of_sample
from rootline.pid.tracks import FRAME_TRACK_KEY


def main(
    model: Annotated[Path, typer.Option(help="Exported model.")],
    scores: Annotated[Path, typer.Option(help="Scores by the library that made it.")],
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    tolerance: Annotated[float, typer.Option(help="Largest difference of a probability.")],
    parity: Annotated[Path, typer.Option(help="Largest difference and number of tracks, to write.")],
) -> None:
    found = check_parity(
        OnnxModel(model),
        read_frame(scores, key=FRAME_TRACK_KEY),
        read_of_sample(tracks, columns=INPUTS),
        tolerance=tolerance,
        name=str(model),
    )
    write_json(parity, found._asdict())


if __name__ == "__main__":
    run_script(main)

"""Draw the loss of one training, epoch by epoch."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, join_strict, read_frame
from rootline.lartpc.figures.training import TITLE, draw_training
from rootline.lartpc.parts import of_part


def main(
    history: Annotated[Path, typer.Option(help="One row per epoch.")],
    keys: Annotated[Path, typer.Option(help="Keys and particles of the images.")],
    split: Annotated[Path, typer.Option(help="Their parts.")],
    sample: Annotated[list[str], typer.Option(help="Sample that was trained on; may be given again.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the model, which names the species trained on.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style, origin = FigureConfig.model_validate_json(options), read_json(provenance)
    tables = (read_frame(path, key=TRACK_KEY) for path in (keys, split))
    tracks = join_strict(*tables, key=TRACK_KEY, names=(str(keys), str(split)))
    species = origin["config"]["train"]["species"]
    counts = {part: int(of_part(tracks, species, part, sample).sum()) for part in ("train", "val")}
    with figure_style(style):
        figure = draw_training(read_frame(history, key=("epoch",)), style, counts=counts)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw the loss of one training, epoch by epoch."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.figures.training import TITLE, draw_training


def main(
    history: Annotated[Path, typer.Option(help="One row per epoch.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    epochs = read_frame(history, key=("epoch",))
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_training(epochs, style)
        save_figure(figure, title=TITLE, png=png, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw the tracks that both probes put in the wrong class."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.figures.hard_cases import TITLE, draw_hard_cases
from rootline.lartpc.image_files import read_images


def main(
    scores: Annotated[Path, typer.Option(help="Scores of the probes.")],
    images: Annotated[Path, typer.Option(help="Images of all tracks, which are the data that the figure shows.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the model, kept in the figure's metadata.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    table = read_frame(scores, key=(*TRACK_KEY, "selection"))
    with figure_style(style):
        figure = draw_hard_cases(table, read_images(images), read_frame(keys, key=TRACK_KEY), style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=read_json(provenance))


if __name__ == "__main__":
    run_script(main)

"""Draw how well the latents tell each feature's halves apart."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.separation import SEPARATION_KEY
from rootline.lartpc.figures.separation import TITLE, draw_separation


def main(
    separation: Annotated[Path, typer.Option(help="AUCs of one run.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    areas = read_frame(separation, key=SEPARATION_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_separation(areas, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

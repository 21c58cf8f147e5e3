"""Draw how well the latents predict each feature."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.regression import REGRESSION_KEY
from rootline.lartpc.figures.regression import TITLE, draw_regression


def main(
    regression: Annotated[Path, typer.Option(help="Scores of one run.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    scores = read_frame(regression, key=REGRESSION_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_regression(scores, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

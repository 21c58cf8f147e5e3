"""Draw what forests look at."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.analyses.importance import KEY
from rootline.pid.figures.importance import TITLE, draw_importance


def main(
    importance: Annotated[Path, typer.Option(help="Loss of each group of inputs.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    with figure_style(style):
        figure = draw_importance(read_frame(importance, key=KEY), style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf)


if __name__ == "__main__":
    run_script(main)

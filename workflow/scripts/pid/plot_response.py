"""Draw what the detectors measure in both domains."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.script import run_script
from rootline.pid.figures.response import COLUMNS, TITLE, draw_response
from rootline.pid.scores import read_of_sample


def main(
    mc: Annotated[Path, typer.Option(help="Tracks of the first domain.")],
    data: Annotated[Path, typer.Option(help="Tracks of the second.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    tables = [read_of_sample(path, columns=COLUMNS) for path in (mc, data)]
    with figure_style(style):
        save_figure(draw_response(*tables, style), title=TITLE, png=png, pdf=pdf)


if __name__ == "__main__":
    run_script(main)

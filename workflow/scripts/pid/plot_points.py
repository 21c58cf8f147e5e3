"""Draw the points of a sweep: F1 of each species, with the spread over seeds."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.sweeps import describe_missing
from rootline.core.tables import read_frame
from rootline.pid.figures.points import TITLE, draw_points
from rootline.pid.sweep import SWEEP_KEY


def main(
    table: Annotated[Path, typer.Option(help="Table of the sweep.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the table, kept in the figure's metadata.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style, origin = FigureConfig.model_validate_json(options), read_json(provenance)
    with figure_style(style):
        figure = draw_points(read_frame(table, key=SWEEP_KEY), style, note=describe_missing(origin["config"]))
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw the tracks per second of every way of scoring."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.analyses.throughput import ORDER_KEY, THROUGHPUT_KEY
from rootline.pid.figures.throughput import TITLE, draw_throughput


def main(
    throughput: Annotated[Path, typer.Option(help="Rates.")],
    order: Annotated[Path, typer.Option(help="Their order.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    tables = read_frame(throughput, key=THROUGHPUT_KEY), read_frame(order, key=ORDER_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        save_figure(draw_throughput(*tables, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

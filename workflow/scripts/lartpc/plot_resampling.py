"""Draw the same tracks by area and by bilinear resampling, and what either keeps of their charge."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.core.tensors import read_tensors
from rootline.lartpc.analyses.resampling import RESAMPLING_KEY
from rootline.lartpc.figures.resampling import TITLE, draw_resampling


def main(
    resampling: Annotated[Path, typer.Option(help="Numbers of the comparison.")],
    examples: Annotated[Path, typer.Option(help="Tracks drawn both ways.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    table, drawn = read_frame(resampling, key=RESAMPLING_KEY), read_tensors(examples)
    origin = describe_run({}, {"resampling": resampling, "examples": examples}, None, "cpu")
    with figure_style(style):
        save_figure(draw_resampling(table, drawn, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

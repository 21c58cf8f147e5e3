"""Draw how many events, clusters and pairs each cut leaves."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.lartpc.figures.cutflow import TITLE, draw_cutflow


def main(
    cutflows: Annotated[list[Path], typer.Argument(help="Cut flows of all samples.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    with figure_style(style):
        figure = draw_cutflow([read_json(path) for path in cutflows], style)
        origin = describe_run({}, {path.name: path for path in cutflows}, None, "cpu")
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

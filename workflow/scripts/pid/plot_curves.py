"""Draw ROC and purity-efficiency curves of all scores."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.analyses.comparison import KEYS
from rootline.pid.figures.curves import TITLE, draw_curves


def main(
    curves: Annotated[Path, typer.Option(help="Points of the curves.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    table = read_frame(curves, key=KEYS["curves"])
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        save_figure(draw_curves(table, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw purity and efficiency of n-sigma and of all models against transverse momentum."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.analyses.comparison import KEYS
from rootline.pid.figures.selection import TITLE, draw_selection


def main(
    selection: Annotated[Path, typer.Option(help="Selections in bins of transverse momentum.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    table = read_frame(selection, key=KEYS["selection"])
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        save_figure(draw_selection(table, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw what latents and chi2 know of the simulated truth."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.closure import CLOSURE_KEY
from rootline.lartpc.figures.closure import TITLE, draw_closure


def main(
    closure: Annotated[Path, typer.Option(help="Numbers of the closure.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    table = read_frame(closure, key=CLOSURE_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        save_figure(draw_closure(table, style), title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

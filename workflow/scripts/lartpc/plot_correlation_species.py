"""Draw the correlations of latents with features, species side by side."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.correlation import CORRELATION_KEY
from rootline.lartpc.figures.correlation_species import TITLE, draw_correlation_species


def main(
    correlation: Annotated[Path, typer.Option(help="Correlations of one run.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    rho = read_frame(correlation, key=CORRELATION_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_correlation_species(rho, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

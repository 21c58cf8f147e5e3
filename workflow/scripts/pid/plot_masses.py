"""Draw squared masses and the contamination that they say."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.pid.analyses.masses import BINS_KEY, MASSES_KEY
from rootline.pid.figures.masses import TITLE, draw_masses


def main(
    masses: Annotated[Path, typer.Option(help="Contamination.")],
    bins: Annotated[Path, typer.Option(help="Histograms of squared mass.")],
    model: Annotated[str, typer.Option(help="Name of the model.")],
    sample: Annotated[str, typer.Option(help="Sample to draw.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    numbers, counted = read_frame(masses, key=MASSES_KEY), read_frame(bins, key=BINS_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_masses(numbers, counted, model, sample, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

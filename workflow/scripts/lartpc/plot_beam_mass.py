"""Draw the fit of the beamline mass with its pulls."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.beam_mass import BINS_KEY, MASS_KEY
from rootline.lartpc.figures.beam_mass import TITLE, draw_beam_mass


def main(
    fit: Annotated[Path, typer.Option(help="Fitted numbers.")],
    spectrum: Annotated[Path, typer.Option(help="Counts and fit per bin.")],
    window: Annotated[tuple[float, float], typer.Option(help="Kaon window of the mass [MeV/c2].")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    numbers, bins = read_frame(fit, key=MASS_KEY), read_frame(spectrum, key=BINS_KEY)
    origin = describe_run({"window": list(window)}, {path.name: path for path in (fit, spectrum)}, None, "cpu")
    with figure_style(style):
        figure = draw_beam_mass(numbers, bins, style, window=window)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

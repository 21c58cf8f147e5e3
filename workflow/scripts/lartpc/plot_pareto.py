"""Draw the points of a sweep by reconstruction, probe and size."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.sweeps import describe_missing
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.pareto import PARETO_KEY
from rootline.lartpc.figures.pareto import TITLE, draw_pareto


def main(
    pareto: Annotated[Path, typer.Option(help="The points and their ranks.")],
    best: Annotated[Path, typer.Option(help="The best point.")],
    provenance: Annotated[Path, typer.Option(help="Origin of both; names the swept keys and the missing runs.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style, origin = FigureConfig.model_validate_json(options), read_json(provenance)
    table, keys = read_frame(pareto, key=PARETO_KEY), origin["config"]["keys"]
    with figure_style(style):
        figure = draw_pareto(table, keys, read_json(best), style, note=describe_missing(origin["config"]))
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw the contamination fit, the injected protons and the scores against mass."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.analyses.contamination import CONTAMINATION_KEY
from rootline.lartpc.analyses.likeness import LIKENESS_KEY
from rootline.lartpc.figures.contamination import TITLE, draw_contamination


def main(
    contamination: Annotated[Path, typer.Option(help="Answers of the fits.")],
    scores: Annotated[Path, typer.Option(help="Scores of all tracks.")],
    likeness: Annotated[Path, typer.Option(help="Proton-likeness against mass.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    answers, scored = read_frame(contamination, key=CONTAMINATION_KEY), read_frame(scores, key=TRACK_KEY)
    by_mass = read_frame(likeness, key=LIKENESS_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_contamination(answers, scored, by_mass, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

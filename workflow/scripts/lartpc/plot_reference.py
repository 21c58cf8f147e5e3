"""Draw the scores of the chosen reference tracks and of the other candidates."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.candidates import read_choices
from rootline.lartpc.figures.reference import TITLE, draw_reference
from rootline.lartpc.reference import NUMBERS_KEY


def main(
    choice: Annotated[list[Path], typer.Option(help="Choice of a reference sample; may be given again.")],
    scores: Annotated[list[Path], typer.Option(help="Scores of its candidates; may be given again.")],
    numbers: Annotated[list[Path], typer.Option(help="Its counts and the forest's AUC; may be given again.")],
    particle: Annotated[str, typer.Option(help="What the score is the likeness of.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    of_candidates = pd.concat([read_frame(path, key=TRACK_KEY) for path in scores], ignore_index=True)
    counted = pd.concat([read_frame(path, key=NUMBERS_KEY) for path in numbers], ignore_index=True)
    origin = describe_run({}, {f"{path.parent.name}/{path.name}": path for path in [*choice, *scores]}, None, "cpu")
    with figure_style(style):
        figure = draw_reference(read_choices(choice), of_candidates, counted, particle, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw and tabulate how well every score tells the particles apart."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json, write_text
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.pid import COMPARISON_KEY, PID_KEY, ROC_KEY
from rootline.lartpc.figures.pid import TITLE, draw_pid
from rootline.lartpc.figures.pid_table import tabulate_pid


def main(
    pid: Annotated[Path, typer.Option(help="Numbers of each score.")],
    roc: Annotated[Path, typer.Option(help="ROC curves.")],
    comparisons: Annotated[Path, typer.Option(help="Differences of AUC.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    table: Annotated[Path, typer.Option(help="Output: the answer and its numbers as HTML.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    numbers, curves = read_frame(pid, key=PID_KEY), read_frame(roc, key=ROC_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        save_figure(draw_pid(numbers, curves, style), title=TITLE, png=png, pdf=pdf, provenance=origin)
    write_text(table, tabulate_pid(numbers, read_frame(comparisons, key=COMPARISON_KEY)))


if __name__ == "__main__":
    run_script(main)

"""Draw what each axis of a sweep does to the numbers that matter."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.sweeps import describe_missing
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.sweep_runs import RUNS_KEY
from rootline.lartpc.analyses.sweep_summary import EFFECTS_KEY
from rootline.lartpc.figures.sweep import TITLE, draw_sweep


def main(
    runs: Annotated[Path, typer.Option(help="One row per run.")],
    effects: Annotated[Path, typer.Option(help="Margins, trends and differences of each axis.")],
    provenance: Annotated[Path, typer.Option(help="Origin of both; names the swept keys.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style, origin = FigureConfig.model_validate_json(options), read_json(provenance)
    table, measured = read_frame(runs, key=RUNS_KEY), read_frame(effects, key=EFFECTS_KEY)
    with figure_style(style):
        figure = draw_sweep(table, measured, origin["config"]["keys"], style, note=describe_missing(origin["config"]))
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw where clusters begin, with the windows that cut on it."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import CLUSTER_KEY, read_frame
from rootline.lartpc.analyses.windows import WINDOWS_KEY
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.figures.windows import TITLE, draw_windows


def main(
    clusters: Annotated[list[Path], typer.Argument(help="Cluster tables of all samples.")],
    windows: Annotated[Path, typer.Option(help="Windows that the data propose.")],
    cuts: Annotated[str, typer.Option(help="CutsConfig as JSON.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
) -> None:
    style = FigureConfig.model_validate_json(options)
    columns = ["wire_min", "vertex_tick", "cut"]
    table = pd.concat([read_frame(path, key=CLUSTER_KEY, columns=columns) for path in clusters], ignore_index=True)
    in_use, proposed = CutsConfig.model_validate_json(cuts), read_frame(windows, key=WINDOWS_KEY)
    origin = describe_run(in_use.model_dump(mode="json"), {path.name: path for path in clusters}, None, "cpu")
    with figure_style(style):
        figure = draw_windows(table, in_use, style, proposed)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw the groups of the latents beside the species."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.clustering import CLUSTERED_KEY, CLUSTERING_KEY, SCAN_KEY
from rootline.lartpc.figures.clustering import TITLE, draw_clustering


def main(
    clustering: Annotated[Path, typer.Option(help="Agreement of the groups with the species.")],
    scan: Annotated[Path, typer.Option(help="Scan of the number of components.")],
    tracks: Annotated[Path, typer.Option(help="Groups of the tracks.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    numbers, scanned = read_frame(clustering, key=CLUSTERING_KEY), read_frame(scan, key=SCAN_KEY)
    grouped = read_frame(tracks, key=CLUSTERED_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_clustering(numbers, scanned, grouped, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw the UMAP of the latents by particle, part and feature."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.figures.embedding import TITLE, draw_embedding


def main(
    embedding: Annotated[Path, typer.Option(help="Positions of the tracks.")],
    features: Annotated[Path, typer.Option(help="Features of the same tracks.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    positions = read_frame(embedding, key=TRACK_KEY)
    quantities = read_frame(features, key=TRACK_KEY)
    origin = read_json(provenance) if provenance else None
    with figure_style(style):
        figure = draw_embedding(positions, quantities, style)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw what each latent changes in the image."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import read_frame
from rootline.core.tensors import read_tensors
from rootline.lartpc.figures.traversal import TITLE, draw_traversal


def main(
    traversal: Annotated[Path, typer.Option(help="Decoded images.")],
    steps: Annotated[Path, typer.Option(help="Their numbers.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    images = read_tensors(traversal)["images"]
    table = read_frame(steps, key=("latent", "step"))
    origin = read_json(provenance) if provenance else None
    transform = origin["config"]["train"]["transform"] if origin else None
    with figure_style(style):
        figure = draw_traversal(images, table, style, transform=transform)
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

"""Draw tracks beside their reconstructions, and the errors of all."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.core.tensors import read_tensors
from rootline.lartpc.analyses.reconstruction import ERRORS_KEY
from rootline.lartpc.figures.reconstructions import TITLE, draw_reconstructions


def main(
    reconstructions: Annotated[Path, typer.Option(help="Images and reconstructions of the examples.")],
    examples: Annotated[Path, typer.Option(help="Their keys.")],
    errors: Annotated[Path, typer.Option(help="Errors of all tracks.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    provenance: Annotated[Path | None, typer.Option(help="Origin of the model, kept in the figure's metadata.")] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    tensors = read_tensors(reconstructions)
    shown, measured = read_frame(examples, key=TRACK_KEY), read_frame(errors, key=ERRORS_KEY)
    origin = read_json(provenance) if provenance else None
    transform = origin["config"]["train"]["transform"] if origin else None
    with figure_style(style):
        figure = draw_reconstructions(
            tensors["images"], tensors["reconstructions"], shown, measured, style, transform=transform
        )
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

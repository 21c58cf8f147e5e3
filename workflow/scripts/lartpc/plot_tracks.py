"""Draw images of some tracks of every particle."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.figures import FigureConfig, figure_style, save_figure
from rootline.core.provenance import describe_run
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.candidates import read_choices, settle_particles
from rootline.lartpc.figures.tracks import TITLE, draw_tracks
from rootline.lartpc.image_files import read_images


def main(
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    options: Annotated[str, typer.Option(help="FigureConfig as JSON.")],
    png: Annotated[Path, typer.Option(help="Output: figure as PNG.")],
    pdf: Annotated[Path, typer.Option(help="Output: figure as PDF.")],
    reference: Annotated[
        list[Path] | None, typer.Option(help="Choice of a reference sample; may be given again.")
    ] = None,
) -> None:
    style = FigureConfig.model_validate_json(options)
    rendered, table = read_images(images), read_frame(keys, key=TRACK_KEY)
    table = table.assign(particle=settle_particles(table, read_choices(reference or []))).dropna(subset="particle")
    with figure_style(style):
        figure = draw_tracks(rendered, table, style)
        origin = describe_run({}, {"images": images, "keys": keys}, None, "cpu")
        save_figure(figure, title=TITLE, png=png, pdf=pdf, provenance=origin)


if __name__ == "__main__":
    run_script(main)

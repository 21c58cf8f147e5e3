"""Render tracks as images: track tables in, safetensors and its keys out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.image_files import write_images
from rootline.lartpc.images import ImageConfig


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables.")],
    options: Annotated[str, typer.Option(help="ImageConfig as JSON.")],
    images: Annotated[Path, typer.Option(help="Safetensors to write, tensor `images`.")],
    keys: Annotated[Path, typer.Option(help="Table to write: key, particle, and row in the tensor.")],
) -> None:
    table = write_images(images, tracks, ImageConfig.model_validate_json(options))
    write_table(keys, table, key=TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

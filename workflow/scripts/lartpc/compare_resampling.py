"""Compare area with bilinear resampling: tracks in; charge closure, shares of wires, changes by shifts out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.core.tensors import write_tensors
from rootline.lartpc.analyses.resampling import RESAMPLING_KEY, choose_tracks, compare_resampling, draw_examples
from rootline.lartpc.analyses.settings.resampling import ResamplingConfig
from rootline.lartpc.chosen_tracks import read_chosen_tracks
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables.")],
    images: Annotated[str, typer.Option(help="ImageConfig as JSON; its resampling is not looked at.")],
    options: Annotated[str, typer.Option(help="ResamplingConfig as JSON.")],
    resampling: Annotated[Path, typer.Option(help="Output: one row per quantity, resampling, plane and particle.")],
    examples: Annotated[Path, typer.Option(help="Output: a track of each particle, drawn both ways.")],
) -> None:
    canvas, settings = ImageConfig.model_validate_json(images), ResamplingConfig.model_validate_json(options)
    chosen = choose_tracks(read_tracks(tracks, columns=[]).to_pandas(), settings)
    table = read_chosen_tracks(tracks, chosen)
    write_table(resampling, compare_resampling(table, canvas, settings), key=RESAMPLING_KEY)
    write_tensors(examples, draw_examples(table, canvas))


if __name__ == "__main__":
    run_script(main)

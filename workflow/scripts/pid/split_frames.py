"""Give every track of a sample its part: tracks in, parts out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.splits import assign_parts
from rootline.core.tables import write_table
from rootline.pid.runs import PartsConfig
from rootline.pid.scores import read_of_sample
from rootline.pid.tracks import FRAME_TRACK_KEY, UNIT


def main(
    tracks: Annotated[Path, typer.Argument(help="Tracks of the sample.")],
    options: Annotated[str, typer.Option(help="PartsConfig as JSON.")],
    split: Annotated[Path, typer.Option(help="Parts to write.")],
) -> None:
    keys = read_of_sample(tracks, columns=["species"])
    fractions = PartsConfig.model_validate_json(options)
    parts = assign_parts(keys, fractions, keys["species"] if fractions.balanced else None, event=UNIT)
    write_table(split, keys[list(FRAME_TRACK_KEY)].assign(part=parts), key=FRAME_TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

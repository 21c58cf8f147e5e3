"""Give every track its part: track tables in, one table of keys and parts out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.splits import SplitConfig, assign_parts
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables.")],
    options: Annotated[str, typer.Option(help="SplitConfig as JSON.")],
    split: Annotated[Path, typer.Option(help="Table to write: key and part.")],
    sample: Annotated[list[str] | None, typer.Option(help="Sample to balance; may be given again.")] = None,
) -> None:
    keys = read_tracks(tracks, columns=["particle"]).to_pandas()
    species = keys["particle"].where(keys["sample"].isin(sample)) if sample else None
    keys["part"] = assign_parts(keys, SplitConfig.model_validate_json(options), species)
    write_table(split, keys.drop(columns="particle"), key=TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

"""Read and clean the tracks of one sample: ROOT files in; one table, and what was left out, out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_json
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.samples import describe_sample, read_sample
from rootline.pid.tracks import FRAME_TRACK_KEY, CleaningConfig, clean


def main(
    files: Annotated[list[str], typer.Argument(help="ROOT files of the sample.")],
    sample: Annotated[str, typer.Option(help="Its name.")],
    options: Annotated[str, typer.Option(help="CleaningConfig as JSON.")],
    tracks: Annotated[Path, typer.Option(help="Table to write.")],
    check: Annotated[Path, typer.Option(help="What was read and what was left out, to write.")],
) -> None:
    read = read_sample(files, sample=sample)
    kept = clean(read, CleaningConfig.model_validate_json(options))
    write_table(tracks, kept, key=FRAME_TRACK_KEY)
    write_json(check, describe_sample(read, kept, sample=sample, files=files))


if __name__ == "__main__":
    run_script(main)

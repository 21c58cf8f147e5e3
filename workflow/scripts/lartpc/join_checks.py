"""Join the checks of a sample's files: reports and event lists in, the sample's report out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json, write_json
from rootline.core.screen import tell
from rootline.core.script import run_script
from rootline.core.tables import read_table
from rootline.lartpc.check import describe_checks, join_checks


def main(
    checks: Annotated[list[Path], typer.Argument(help="Reports (.json) and event lists (.parquet) of the files.")],
    sample: Annotated[str, typer.Option()],
    output: Annotated[Path, typer.Option(help="Output: the report of the whole sample.")],
    beamline: Annotated[Path | None, typer.Option(help="Beamline CSV.")] = None,
    reco: Annotated[Path | None, typer.Option(help="Reconstruction CSV.")] = None,
) -> None:
    summary = join_checks(
        sample,
        [read_json(path) for path in checks if path.suffix == ".json"],
        [read_table(path, key=("run", "subrun", "event", "entry")) for path in checks if path.suffix == ".parquet"],
        beamline=beamline,
        reco=reco,
    )
    tell(describe_checks(summary))
    write_json(output, summary)


if __name__ == "__main__":
    run_script(main)

"""Check one ROOT file from end to end: file in, report and list of its events out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_json
from rootline.core.screen import Progress
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.lartpc.check import check_file
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw


def main(
    root: Annotated[str, typer.Argument(help="ROOT file, a path or a URL.")],
    detector: Annotated[str, typer.Option(help="DetectorConfig as JSON.")],
    report: Annotated[Path, typer.Option(help="Output: what the file holds.")],
    events: Annotated[Path, typer.Option(help="Output: run, subrun and event of every entry.")],
    max_bad_share: Annotated[
        float | None, typer.Option(help="Share of its events that may be malformed; by default the first is an error.")
    ] = None,
    tree: Annotated[str, typer.Option(help="Tree with its folder; empty finds it by its branches.")] = "",
) -> None:
    with open_raw(root, tree=tree or None, detector=DetectorConfig.model_validate_json(detector)) as raw:
        progress = Progress(f"check_file {Path(root).name}", total=raw.n_entries, unit="events")
        checked = check_file(raw, max_bad_share=max_bad_share, progress=progress)
    write_table(events, checked.events, key=("run", "subrun", "event", "entry"))
    write_json(report, checked.report)


if __name__ == "__main__":
    run_script(main)

"""Propose entry windows: clusters in; bounds with intervals, and the part of a config that holds them, out."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from rootline.core.files import write_text
from rootline.core.script import run_script
from rootline.core.tables import CLUSTER_KEY, read_frame, write_table
from rootline.lartpc.analyses.settings.windows import WindowsConfig
from rootline.lartpc.analyses.windows import WINDOWS_KEY, describe_windows, propose_windows
from rootline.lartpc.cuts import CutsConfig


def main(
    clusters: Annotated[list[Path], typer.Argument(help="Cluster tables of the samples that come with the beam.")],
    cuts: Annotated[str, typer.Option(help="CutsConfig as JSON, the windows in use.")],
    options: Annotated[str, typer.Option(help="WindowsConfig as JSON.")],
    windows: Annotated[Path, typer.Option(help="Output: bounds and what they hold, with intervals.")],
    fragment: Annotated[Path, typer.Option(help="Output: the bounds as part of a config, YAML.")],
) -> None:
    columns = ["wire_min", "vertex_tick", "cut"]
    table = pd.concat([read_frame(path, key=CLUSTER_KEY, columns=columns) for path in clusters], ignore_index=True)
    in_use = CutsConfig.model_validate_json(cuts)
    found = propose_windows(table, in_use, WindowsConfig.model_validate_json(options))
    write_table(windows, found, key=WINDOWS_KEY)
    write_text(fragment, describe_windows(found))


if __name__ == "__main__":
    run_script(main)

"""Say what forests look at: tracks and parts in, loss of each group of inputs out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.analyses.importance import KEY, rank_inputs
from rootline.pid.analyses.settings.importance import ImportanceConfig
from rootline.pid.runs import PartsConfig
from rootline.pid.scores import read_parts


def main(
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    split: Annotated[Path, typer.Option(help="Their parts.")],
    fractions: Annotated[str, typer.Option(help="PartsConfig as JSON.")],
    options: Annotated[str, typer.Option(help="ImportanceConfig as JSON.")],
    threads: Annotated[int, typer.Option(help="Threads to use.")],
    importance: Annotated[Path, typer.Option(help="Table to write.")],
) -> None:
    table = read_parts(tracks, split, PartsConfig.model_validate_json(fractions))
    found = rank_inputs(table, ImportanceConfig.model_validate_json(options), threads=threads)
    write_table(importance, found, key=KEY)


if __name__ == "__main__":
    run_script(main)

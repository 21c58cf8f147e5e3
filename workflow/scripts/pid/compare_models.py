"""Judge all models and n-sigma on the test part: tracks, split and scores in; four tables out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import read_json
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.analyses.comparison import KEYS, TRACK_COLUMNS, compare_models
from rootline.pid.analyses.settings.comparison import ComparisonConfig
from rootline.pid.nsigma import NSigmaConfig
from rootline.pid.scores import SCORED, read_of_sample


def main(
    named: Annotated[Path, typer.Argument(help="JSON: name of each model to its run.")],
    scores: Annotated[Path, typer.Option(help="Folder with a folder of each run's scores.")],
    tracks: Annotated[Path, typer.Option(help="Cleaned tracks with their truth and n-sigma.")],
    split: Annotated[Path, typer.Option(help="Part of each track.")],
    options: Annotated[str, typer.Option(help="ComparisonConfig as JSON.")],
    nsigma: Annotated[str, typer.Option(help="NSigmaConfig as JSON.")],
    models: Annotated[Path, typer.Option(help="Output: cut and numbers of each model and species.")],
    selection: Annotated[Path, typer.Option(help="Output: selections in bins of transverse momentum.")],
    equal_purity: Annotated[Path, typer.Option(help="Output: efficiencies at the purity of n-sigma.")],
    curves: Annotated[Path, typer.Option(help="Output: points of the curves.")],
) -> None:
    found = compare_models(
        read_of_sample(tracks, columns=TRACK_COLUMNS),
        read_of_sample(split, columns=["part"]),
        # one at a time: a million tracks of each model at once would not fit everywhere
        (
            (name, run, read_of_sample(scores / run / tracks.name, columns=SCORED))
            for name, run in read_json(named).items()
        ),
        ComparisonConfig.model_validate_json(options),
        NSigmaConfig.model_validate_json(nsigma),
    )
    for path, name in (
        (models, "models"),
        (selection, "selection"),
        (equal_purity, "equal_purity"),
        (curves, "curves"),
    ):
        write_table(path, getattr(found, name), key=KEYS[name])


if __name__ == "__main__":
    run_script(main)

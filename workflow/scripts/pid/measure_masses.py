"""Estimate the contamination of selections by the squared mass: tracks, scores and cuts in; two tables out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import read_frame, write_table
from rootline.pid.accepted import accepted_tracks
from rootline.pid.analyses.masses import BINS_KEY, MASSES_KEY, measure_masses
from rootline.pid.analyses.settings.masses import MassesConfig
from rootline.pid.masses import MASSES_GEV
from rootline.pid.nsigma import NSigmaConfig
from rootline.pid.runs import PartsConfig
from rootline.pid.scores import SCORED, read_of_sample, read_parts


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Tracks of each sample, named like it.")],
    split: Annotated[Path, typer.Option(help="Parts of the first, which models learnt from; its test part is judged.")],
    fractions: Annotated[str, typer.Option(help="PartsConfig as JSON.")],
    scores: Annotated[list[Path], typer.Option(help="Scores of the model, in the order of the samples.")],
    model: Annotated[str, typer.Option(help="Name of the model.")],
    models: Annotated[Path, typer.Option(help="Cuts of all models.")],
    nsigma: Annotated[str, typer.Option(help="NSigmaConfig as JSON.")],
    options: Annotated[str, typer.Option(help="MassesConfig as JSON.")],
    masses: Annotated[Path, typer.Option(help="Output: contamination.")],
    bins: Annotated[Path, typer.Option(help="Output: histograms of squared mass.")],
) -> None:
    first, *others = tracks
    tables = {first.stem: read_parts(first, split, PartsConfig.model_validate_json(fractions))}
    tables |= {path.stem: read_of_sample(path) for path in others}
    rule, cuts = NSigmaConfig.model_validate_json(nsigma), read_frame(models, key=["model", "species"])
    accepted = [
        each
        for path, scored in zip(tracks, scores, strict=True)
        for each in accepted_tracks(
            tables[path.stem], read_of_sample(scored, columns=SCORED), cuts, rule, sample=path.stem, model=model
        )
    ]
    found = measure_masses(tables, accepted, MASSES_GEV, MassesConfig.model_validate_json(options))
    write_table(masses, found.numbers, key=MASSES_KEY)
    write_table(bins, found.bins, key=BINS_KEY)


if __name__ == "__main__":
    run_script(main)

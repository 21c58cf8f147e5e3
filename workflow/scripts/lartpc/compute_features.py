"""Compute the features of every track: track tables in, one feature table out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.candidates import read_choices, settle_tracks
from rootline.lartpc.features import FEATURE_COLUMNS, feature_table
from rootline.lartpc.sidefiles import read_loglikelihood
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables.")],
    features: Annotated[Path, typer.Option(help="Output: the feature table.")],
    candidates: Annotated[Path, typer.Option(help="Output: features of candidates that were not chosen.")],
    loglikelihood: Annotated[list[Path] | None, typer.Option(help="Log-likelihood CSV; may be given again.")] = None,
    reference: Annotated[
        list[Path] | None, typer.Option(help="Choice of a reference sample; may be given again.")
    ] = None,
) -> None:
    table, rest = settle_tracks(read_tracks(tracks, columns=FEATURE_COLUMNS), read_choices(reference or []))
    likelihoods = read_loglikelihood(loglikelihood) if loglikelihood else None
    write_table(features, feature_table(table, likelihoods), key=TRACK_KEY)
    write_table(candidates, feature_table(rest, likelihoods), key=TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

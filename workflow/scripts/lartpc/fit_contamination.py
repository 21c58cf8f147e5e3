"""Fit the proton share of the kaon-tagged tracks: latents and tracks in; answers, scores and their relation to mass out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.contamination import CONTAMINATION_KEY, fit_contamination
from rootline.lartpc.analyses.likeness import LIKENESS_KEY, compare_likeness, score_tracks
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig
from rootline.lartpc.runs import read_run
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables of the samples to tell apart.")],
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    config: Annotated[Path, typer.Option(help="The run's config beside its model.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    window: Annotated[tuple[float, float], typer.Option(help="Kaon window of the beamline mass [MeV/c2].")],
    options: Annotated[str, typer.Option(help="ContaminationConfig as JSON.")],
    contamination: Annotated[Path, typer.Option(help="Output: one row per method and answer.")],
    scores: Annotated[Path, typer.Option(help="Output: one row per track.")],
    likeness: Annotated[Path, typer.Option(help="Output: proton-likeness against mass.")],
    reference: Annotated[list[str] | None, typer.Option(help="Sample of reference kaons; may be given again.")] = None,
) -> None:
    table, species = read_tracks(tracks, columns=["p", "beamline_mass"]).to_pandas(), read_run(config).train.species
    settings, encoded = ContaminationConfig.model_validate_json(options), read_frame(latents, key=TRACK_KEY)
    encoded = encoded[encoded["sample"].isin([*table["sample"].unique(), *(reference or [])])]
    learnt = {"train_samples": sample, "references": reference or []}
    scored = score_tracks(encoded, table, species, settings, window=window, **learnt)
    write_table(contamination, fit_contamination(scored, settings), key=CONTAMINATION_KEY)
    write_table(scores, scored, key=TRACK_KEY)
    write_table(likeness, compare_likeness(scored, settings), key=LIKENESS_KEY)


if __name__ == "__main__":
    run_script(main)

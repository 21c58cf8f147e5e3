"""Probe latents for species: latents and tracks in; AUC of each probe and the scores of each track out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.probe import PROBE_KEY, probe
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.runs import read_run
from rootline.lartpc.tracks import read_tracks


def main(
    tracks: Annotated[list[Path], typer.Argument(help="Track tables of the samples to tell apart.")],
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    config: Annotated[
        Path, typer.Option(help="The run's config beside its model, which names the species trained on.")
    ],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="ProbeConfig as JSON.")],
    probes: Annotated[Path, typer.Option(help="Output: one row per probe.")],
    scores: Annotated[Path, typer.Option(help="Output: one row per track and selection.")],
) -> None:
    table = read_tracks(tracks, columns=["p", "m", "chi2_kaon", "chi2_proton"]).to_pandas()
    species = read_run(config).train.species
    settings = ProbeConfig.model_validate_json(options)
    encoded = read_frame(latents, key=TRACK_KEY)
    encoded = encoded[encoded["sample"].isin(table["sample"].unique())]
    found, of_tracks = probe(encoded, table, species, settings, train_samples=sample)
    write_table(probes, found, key=PROBE_KEY)
    write_table(scores, of_tracks, key=(*TRACK_KEY, "selection"))


if __name__ == "__main__":
    run_script(main)

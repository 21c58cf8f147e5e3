"""Summarise reconstruction errors and distances in the latent space: latents and chi2 in, numbers per species out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.reconstruction import ERRORS_KEY, measure_reconstruction
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.runs import read_run


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    config: Annotated[
        Path, typer.Option(help="The run's config beside its model, which names the species trained on.")
    ],
    features: Annotated[Path, typer.Option(help="Features of the same tracks, which hold chi2.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="ReconstructionConfig as JSON.")],
    errors: Annotated[
        Path, typer.Option(help="Output: one row per quantity, particle, and whether it was trained on.")
    ],
    leave_out: Annotated[list[str] | None, typer.Option(help="Sample to leave out; may be given again.")] = None,
) -> None:
    species = read_run(config).train.species
    settings = ReconstructionConfig.model_validate_json(options)
    chi2 = read_frame(features, key=TRACK_KEY, columns=["chi2_kaon", "chi2_proton"])
    encoded = read_frame(latents, key=TRACK_KEY)
    encoded, chi2 = (table[~table["sample"].isin(leave_out or [])] for table in (encoded, chi2))
    measured = measure_reconstruction(encoded, species, settings, train_samples=sample, features=chi2)
    write_table(errors, measured, key=ERRORS_KEY)


if __name__ == "__main__":
    run_script(main)

"""Summarise reconstruction errors and distances in the latent space: latents in, numbers per species out."""

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
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="ReconstructionConfig as JSON.")],
    errors: Annotated[
        Path, typer.Option(help="Output: one row per quantity, particle, and whether it was trained on.")
    ],
) -> None:
    species = read_run(config).train.species
    settings = ReconstructionConfig.model_validate_json(options)
    measured = measure_reconstruction(read_frame(latents, key=TRACK_KEY), species, settings, train_samples=sample)
    write_table(errors, measured, key=ERRORS_KEY)


if __name__ == "__main__":
    run_script(main)

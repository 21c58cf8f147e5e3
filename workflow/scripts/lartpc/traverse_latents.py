"""Decode a model while one latent moves: latents and model in; images and their numbers out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.core.tensors import write_tensors
from rootline.lartpc.analyses.settings.traversal import TraversalConfig
from rootline.lartpc.analyses.traversal import decoder, traverse
from rootline.lartpc.models import read_model


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    model: Annotated[Path, typer.Option(help="Weights.")],
    config: Annotated[Path, typer.Option(help="The run's config beside the weights.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="TraversalConfig as JSON.")],
    traversal: Annotated[Path, typer.Option(help="Output: decoded images (latent, step, plane, wires, ticks).")],
    steps: Annotated[Path, typer.Option(help="Output: one row per latent and step.")],
) -> None:
    trained = read_model(model, config)
    mus = read_frame(latents, key=TRACK_KEY)
    settings = TraversalConfig.model_validate_json(options)
    images, table = traverse(mus, decoder(trained), trained.run.train.species, settings, train_samples=sample)
    write_tensors(traversal, {"images": images})
    write_table(steps, table, key=("latent", "step"))


if __name__ == "__main__":
    run_script(main)

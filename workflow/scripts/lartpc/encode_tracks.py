"""Encode every track with one model: images and model in; latents, errors and a few reconstructions out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.device import reserve_device
from rootline.core.files import write_json
from rootline.core.provenance import describe_run
from rootline.core.runs import describe_config
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, write_table
from rootline.core.tensors import write_tensors
from rootline.lartpc.candidates import read_choices, settle_particles
from rootline.lartpc.latents import encode_tracks, reconstruct_examples
from rootline.lartpc.models import read_model, read_model_input


def main(
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    model: Annotated[Path, typer.Option(help="Weights.")],
    config: Annotated[Path, typer.Option(help="The run's config beside the weights.")],
    latents: Annotated[Path, typer.Option(help="Table to write: latents and reconstruction errors.")],
    reconstructions: Annotated[Path, typer.Option(help="Safetensors to write: `images`, `reconstructions`.")],
    examples: Annotated[Path, typer.Option(help="Table to write: the tracks of the reconstructions.")],
    candidates: Annotated[Path, typer.Option(help="Table to write: latents of candidates that were not chosen.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the latents to write.")],
    reference: Annotated[
        list[Path] | None, typer.Option(help="Choice of a reference sample; may be given again.")
    ] = None,
) -> None:
    reserve_device()
    trained = read_model(model, config)
    rendered, tracks = read_model_input(images, keys, split, [trained.run])
    particles = settle_particles(tracks, read_choices(reference or []))
    write_table(candidates, encode_tracks(rendered, tracks[particles.isna()], trained), key=TRACK_KEY)
    tracks = tracks.assign(particle=particles)[particles.notna()].reset_index(drop=True)
    encoded = encode_tracks(rendered, tracks, trained)
    write_table(latents, encoded, key=TRACK_KEY)
    shown = reconstruct_examples(rendered, tracks, encoded, trained)
    write_tensors(reconstructions, {"images": shown.images, "reconstructions": shown.reconstructions})
    write_table(examples, shown.tracks, key=TRACK_KEY)
    inputs = {"images": images, "keys": keys, "split": split, "model": model, "config": config}
    inputs |= {f"reference/{choice.stem}": choice for choice in reference or []}
    write_json(provenance, describe_run(describe_config(trained.run), inputs, None, trained.device.type))


if __name__ == "__main__":
    run_script(main)

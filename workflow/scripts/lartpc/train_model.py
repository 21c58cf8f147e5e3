"""Train the beta-VAE of one run: images, keys and split in; weights, config, history and provenance out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.checkpoints import clear_checkpoints
from rootline.core.device import reserve_device
from rootline.core.files import write_json
from rootline.core.provenance import describe_run
from rootline.core.runs import describe_config
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.lartpc.models import read_model_input, write_model
from rootline.lartpc.runs import parse_run
from rootline.lartpc.training import train_vae


def main(
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    sample: Annotated[list[str], typer.Option(help="Sample that may be trained on; may be given again.")],
    options: Annotated[str, typer.Option(help="RunConfig as JSON.")],
    run: Annotated[str, typer.Option(help="Run id, which must be that of the options.")],
    code: Annotated[str, typer.Option(help="Fingerprint of this script, for the provenance.")],
    checkpoints: Annotated[Path, typer.Option(help="Folder for the state of the unfinished training.")],
    model: Annotated[Path, typer.Option(help="Weights to write.")],
    config: Annotated[Path, typer.Option(help="Resolved config to write.")],
    history: Annotated[Path, typer.Option(help="Table to write: losses per epoch.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the model to write.")],
    checkpoint_minutes: Annotated[float, typer.Option(min=0, help="Minutes from one saved state to the next.")] = 1.0,
) -> None:
    reserve_device()
    resolved = parse_run(options, named=run)
    trained = train_vae(
        *read_model_input(images, keys, split, [resolved]),
        resolved,
        samples=sample,
        checkpoints=checkpoints,
        checkpoint_minutes=checkpoint_minutes,
    )
    write_model(model, config, resolved, trained)
    write_table(history, trained.history, key=["epoch"])
    inputs = {"images": images, "keys": keys, "split": split}
    origin = describe_run(describe_config(resolved), inputs, resolved.train.seed, trained.device)
    origin["training"] = {"code": code, "samples": sample}
    write_json(provenance, origin)
    clear_checkpoints(checkpoints)


if __name__ == "__main__":
    run_script(main)

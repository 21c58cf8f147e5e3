"""Train the network of one run: tracks and parts in; weights, config, history and provenance out."""

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
from rootline.pid.models import write_network
from rootline.pid.runs import parse_run
from rootline.pid.scores import read_parts
from rootline.pid.training import train_network


def main(
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    options: Annotated[str, typer.Option(help="RunConfig as JSON.")],
    run: Annotated[str, typer.Option(help="Run id, which must be that of the options.")],
    code: Annotated[str, typer.Option(help="Fingerprint of this script, for the provenance.")],
    checkpoints: Annotated[Path, typer.Option(help="Folder for the state of the unfinished training.")],
    model: Annotated[Path, typer.Option(help="Weights to write.")],
    config: Annotated[Path, typer.Option(help="Resolved config to write.")],
    history: Annotated[Path, typer.Option(help="Table to write: losses per epoch.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the model to write.")],
    second_tracks: Annotated[Path | None, typer.Option(help="Tracks of the second domain, for an adversary.")] = None,
    second_split: Annotated[Path | None, typer.Option(help="Their parts.")] = None,
    checkpoint_minutes: Annotated[float, typer.Option(min=0, help="Minutes from one saved state to the next.")] = 1.0,
) -> None:
    reserve_device()
    resolved = parse_run(options, named=run)
    inputs = {"tracks": tracks, "split": split}
    second = None
    if second_tracks and second_split:
        inputs |= {"second_tracks": second_tracks, "second_split": second_split}
        second = read_parts(second_tracks, second_split, resolved.split)
    trained = train_network(
        read_parts(tracks, split, resolved.split),
        resolved,
        second=second,
        checkpoints=checkpoints,
        checkpoint_minutes=checkpoint_minutes,
    )
    write_network(model, config, resolved, trained)
    write_table(history, trained.history, key=["epoch"])
    origin = describe_run(describe_config(resolved), inputs, resolved.train.seed, trained.device)
    write_json(provenance, origin | {"training": {"code": code}})
    clear_checkpoints(checkpoints)


if __name__ == "__main__":
    run_script(main)

"""Train runs of a sweep side by side: images, keys, split and plan in; a table out, and each run's state in its folder."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.device import reserve_device
from rootline.core.files import write_text
from rootline.core.script import run_script
from rootline.lartpc.models import read_model_input
from rootline.lartpc.packing import train_packed
from rootline.lartpc.packs import read_pack_plan


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders for the states of the runs, named like the runs.")],
    plan: Annotated[Path, typer.Option(help="Which runs to train.")],
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    sample: Annotated[list[str], typer.Option(help="Sample that may be trained on; may be given again.")],
    table: Annotated[Path, typer.Option(help="Table to write: how each run ended.")],
    checkpoint_minutes: Annotated[float, typer.Option(min=0, help="Minutes from one saved state to the next.")] = 1.0,
) -> None:
    reserve_device()
    planned = read_pack_plan(plan)
    ended = train_packed(
        *read_model_input(images, keys, split, planned.train),
        planned,
        checkpoints={folder.name: folder for folder in folders},
        samples=sample,
        checkpoint_minutes=checkpoint_minutes,
        label=f"train_pack {table.stem}",
    )
    write_text(table, ended.to_csv(sep="\t", index=False, lineterminator="\n"))


if __name__ == "__main__":
    run_script(main)

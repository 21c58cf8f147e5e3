"""Choose which runs of a pack have to be trained: their configs and the models that are there in; a plan out."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from rootline.core.provenance import describe_inputs
from rootline.core.script import run_script
from rootline.lartpc.packs import plan_pack, write_pack_plan
from rootline.lartpc.runs import RunConfig


def main(
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    sample: Annotated[list[str], typer.Option(help="Sample that may be trained on; may be given again.")],
    options: Annotated[str, typer.Option(help="List of RunConfigs as JSON.")],
    trained_by: Annotated[str, typer.Option(help="Fingerprint of the script that trains one run.")],
    models: Annotated[Path, typer.Option(help="Folder that holds a folder of each run's model.")],
    plan: Annotated[Path, typer.Option(help="Plan to write.")],
) -> None:
    runs = TypeAdapter(list[RunConfig]).validate_json(options)
    inputs = describe_inputs({"images": images, "keys": keys, "split": split})
    write_pack_plan(plan, plan_pack(runs, models, inputs, code=trained_by, samples=sample))


if __name__ == "__main__":
    run_script(main)

"""Train networks with labels on the images, one per fold of the probe: images and folds in, scores out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.device import reserve_device
from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.image_classifier import classify_images
from rootline.lartpc.analyses.settings.classifier import ClassifierConfig
from rootline.lartpc.models import read_model_input
from rootline.lartpc.runs import parse_run


def main(
    images: Annotated[Path, typer.Option(help="Images.")],
    keys: Annotated[Path, typer.Option(help="Keys of the images.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    folds: Annotated[Path, typer.Option(help="Scores of the probe, which name the tracks, their labels and folds.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    resolved: Annotated[str, typer.Option(help="RunConfig as JSON.")],
    run: Annotated[str, typer.Option(help="Run id, which must be that of the config.")],
    options: Annotated[str, typer.Option(help="ClassifierConfig as JSON.")],
    scores: Annotated[Path, typer.Option(help="Output: one row per track.")],
) -> None:
    reserve_device()
    settings = ClassifierConfig.model_validate_json(options)
    probed = read_frame(folds, key=(*TRACK_KEY, "selection"))
    config = parse_run(resolved, named=run)
    rendered, tracks = read_model_input(images, keys, split, [config])
    found = classify_images(rendered, tracks, probed, config, settings, samples=sample)
    write_table(scores, found, key=TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

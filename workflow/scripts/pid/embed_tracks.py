"""Lay out what networks map tracks to: models, tracks and parts of both domains in, points of a plane out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.analyses.embedding import MAPPED_KEY, embed_tracks
from rootline.pid.analyses.settings.embedding import EmbeddingConfig
from rootline.pid.models import read_network
from rootline.pid.runs import PartsConfig
from rootline.pid.scores import read_parts


def main(
    model: Annotated[list[str], typer.Option(help="Name and run of a model, name=run; once for each.")],
    models: Annotated[Path, typer.Option(help="Folder with a folder of each model.")],
    first: Annotated[tuple[Path, Path], typer.Option(help="Tracks and parts of the first domain.")],
    second: Annotated[tuple[Path, Path], typer.Option(help="Tracks and parts of the second domain.")],
    fractions: Annotated[str, typer.Option(help="PartsConfig as JSON.")],
    options: Annotated[str, typer.Option(help="EmbeddingConfig as JSON.")],
    mapped: Annotated[Path, typer.Option(help="Output: a row per model and track.")],
) -> None:
    shares = PartsConfig.model_validate_json(fractions)
    folders = {name: models / run for name, _, run in (each.partition("=") for each in model)}
    networks = {
        name: read_network(folder / "model.safetensors", folder / "config.yaml") for name, folder in folders.items()
    }
    found = embed_tracks(
        networks, read_parts(*first, shares), read_parts(*second, shares), EmbeddingConfig.model_validate_json(options)
    )
    write_table(mapped, found, key=MAPPED_KEY)


if __name__ == "__main__":
    run_script(main)

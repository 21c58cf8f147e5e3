"""Lay out latents in a plane by UMAP: latents in, positions out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.embedding import embed
from rootline.lartpc.analyses.settings.embedding import EmbeddingConfig


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    options: Annotated[str, typer.Option(help="EmbeddingConfig as JSON.")],
    embedding: Annotated[Path, typer.Option(help="Output: position of each track.")],
) -> None:
    table = embed(read_frame(latents, key=TRACK_KEY), EmbeddingConfig.model_validate_json(options))
    write_table(embedding, table, key=TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

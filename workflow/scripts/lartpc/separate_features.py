"""Tell the halves of each feature apart by the latents: both tables in; AUC of each feature out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.separation import SEPARATION_KEY, separate
from rootline.lartpc.analyses.settings.separation import SeparationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    features: Annotated[Path, typer.Option(help="Features of the same tracks.")],
    options: Annotated[str, typer.Option(help="SeparationConfig as JSON.")],
    separation: Annotated[Path, typer.Option(help="Output: AUC of each feature's halves with interval and null band.")],
) -> None:
    mus, quantities = read_frame(latents, key=TRACK_KEY), read_frame(features, key=TRACK_KEY)
    settings = SeparationConfig.model_validate_json(options)
    write_table(separation, separate(mus, quantities, FEATURE_CATEGORIES, settings), key=SEPARATION_KEY)


if __name__ == "__main__":
    run_script(main)

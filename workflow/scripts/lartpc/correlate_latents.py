"""Correlate latents with features: both tables in; correlations and shares of variance out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.correlation import CORRELATION_KEY, DECOMPOSITION_KEY, correlate, decompose_variance
from rootline.lartpc.analyses.settings.correlation import CorrelationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    features: Annotated[Path, typer.Option(help="Features of the same tracks.")],
    options: Annotated[str, typer.Option(help="CorrelationConfig as JSON.")],
    correlation: Annotated[Path, typer.Option(help="Output: Spearman's rho with n and interval.")],
    decomposition: Annotated[Path, typer.Option(help="Output: R2 per latent, feature and category.")],
) -> None:
    mus, quantities = read_frame(latents, key=TRACK_KEY), read_frame(features, key=TRACK_KEY)
    write_table(correlation, correlate(mus, quantities), key=CORRELATION_KEY)
    shares = decompose_variance(mus, quantities, FEATURE_CATEGORIES, CorrelationConfig.model_validate_json(options))
    write_table(decomposition, shares, key=DECOMPOSITION_KEY)


if __name__ == "__main__":
    run_script(main)

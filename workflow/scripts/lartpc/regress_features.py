"""Predict features from latents: both tables in; scores, importance of latents and mutual information out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.information import INFORMATION_KEY, measure_information
from rootline.lartpc.analyses.regression import IMPORTANCE_KEY, REGRESSION_KEY, regress
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.features import FEATURE_CATEGORIES


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    features: Annotated[Path, typer.Option(help="Features of the same tracks.")],
    options: Annotated[str, typer.Option(help="RegressionConfig as JSON.")],
    regression: Annotated[Path, typer.Option(help="Output: scores of each feature and model.")],
    importance: Annotated[Path, typer.Option(help="Output: what each latent adds to the MLP of each feature.")],
    information: Annotated[Path, typer.Option(help="Output: mutual information of each latent and feature.")],
) -> None:
    mus, quantities = read_frame(latents, key=TRACK_KEY), read_frame(features, key=TRACK_KEY)
    settings = RegressionConfig.model_validate_json(options)
    scores, losses = regress(mus, quantities, FEATURE_CATEGORIES, settings)
    write_table(regression, scores, key=REGRESSION_KEY)
    write_table(importance, losses, key=IMPORTANCE_KEY)
    shared = measure_information(mus, quantities, FEATURE_CATEGORIES, settings)
    write_table(information, shared, key=INFORMATION_KEY)


if __name__ == "__main__":
    run_script(main)

"""Compare latents and chi2 with the simulated truth: latents, probe scores and truth in; R2 and AUC out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import EVENT_KEY, TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.closure import CLOSURE_KEY, TRUTH_COLUMNS, close_latents
from rootline.lartpc.analyses.settings.closure import ClosureConfig
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.runs import read_run


def main(
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    scores: Annotated[Path, typer.Option(help="Scores of the run's probes.")],
    truth: Annotated[Path, typer.Option(help="Truth of the simulated events.")],
    config: Annotated[Path, typer.Option(help="The run's config, which names the species trained on.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    among: Annotated[list[str], typer.Option(help="Sample whose best tracks are the beam's; may be given again.")],
    options: Annotated[str, typer.Option(help="ClosureConfig as JSON.")],
    regression: Annotated[str, typer.Option(help="RegressionConfig as JSON.")],
    closure: Annotated[Path, typer.Option(help="Output: one row per question, group, method and metric.")],
) -> None:
    table = close_latents(
        read_frame(latents, key=TRACK_KEY).loc[lambda table: table["sample"].isin(among)],
        read_frame(scores, key=(*TRACK_KEY, "selection")),
        read_frame(truth, key=EVENT_KEY, columns=TRUTH_COLUMNS),
        read_run(config).train.species,
        ClosureConfig.model_validate_json(options),
        RegressionConfig.model_validate_json(regression),
        train_samples=sample,
    )
    write_table(closure, table, key=CLOSURE_KEY)


if __name__ == "__main__":
    run_script(main)

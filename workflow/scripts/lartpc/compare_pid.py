"""Compare all scores that tell the particles apart, on the same tracks: scores in, numbers with intervals out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.script import run_script
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.analyses.clustering import CLUSTERED_KEY
from rootline.lartpc.analyses.pid import COMPARISON_KEY, PID_KEY, ROC_KEY, compare_pid
from rootline.lartpc.analyses.pid_scores import assemble_scores
from rootline.lartpc.analyses.settings.pid import PidConfig
from rootline.lartpc.runs import read_run


def main(
    probed: Annotated[Path, typer.Option(help="Scores of the probe.")],
    latents: Annotated[Path, typer.Option(help="Latents of one run.")],
    features: Annotated[Path, typer.Option(help="Features of the same tracks.")],
    classified: Annotated[Path, typer.Option(help="Scores of the classifier of images.")],
    clustered: Annotated[Path, typer.Option(help="Groups of the tracks.")],
    config: Annotated[Path, typer.Option(help="The run's config, which names the species trained on.")],
    sample: Annotated[list[str], typer.Option(help="Sample that the model may have learned from; may be given again.")],
    options: Annotated[str, typer.Option(help="PidConfig as JSON.")],
    pid: Annotated[Path, typer.Option(help="Output: one row per selection and score.")],
    roc: Annotated[Path, typer.Option(help="Output: ROC curves.")],
    comparisons: Annotated[Path, typer.Option(help="Output: differences that answer the question.")],
    scores: Annotated[Path, typer.Option(help="Output: all scores of each track.")],
) -> None:
    settings = PidConfig.model_validate_json(options)
    tables = [read_frame(path, key=TRACK_KEY) for path in (latents, features, classified)]
    of_probe = read_frame(probed, key=(*TRACK_KEY, "selection"))
    groups, species = read_frame(clustered, key=CLUSTERED_KEY), read_run(config).train.species
    together = assemble_scores(of_probe, *tables, groups, species, settings, train_samples=sample)
    compared = compare_pid(together, settings)
    write_table(pid, compared.numbers, key=PID_KEY)
    write_table(roc, compared.roc, key=ROC_KEY)
    write_table(comparisons, compared.comparisons, key=COMPARISON_KEY)
    write_table(scores, together, key=TRACK_KEY)


if __name__ == "__main__":
    run_script(main)

"""Fit the trees of one run: tracks and parts in; model as ONNX, its own scores, config and provenance out."""

from pathlib import Path
from typing import Annotated

import typer

from rootline.core.files import write_json
from rootline.core.provenance import describe_run
from rootline.core.runs import describe_config, write_run
from rootline.core.script import run_script
from rootline.core.tables import write_table
from rootline.pid.inputs import class_numbers, raw_inputs
from rootline.pid.runs import parse_run
from rootline.pid.scores import library_scores, read_parts
from rootline.pid.tracks import FRAME_TRACK_KEY
from rootline.pid.tree_export import export_trees
from rootline.pid.trees import fit_trees, learnt_probabilities


def main(
    tracks: Annotated[Path, typer.Option(help="Tracks.")],
    split: Annotated[Path, typer.Option(help="Parts.")],
    options: Annotated[str, typer.Option(help="RunConfig as JSON.")],
    run: Annotated[str, typer.Option(help="Run id, which must be that of the options.")],
    threads: Annotated[int, typer.Option(help="Threads to fit on.")],
    model: Annotated[Path, typer.Option(help="Model to write, ONNX.")],
    scores: Annotated[Path, typer.Option(help="Scores by the library itself, to write.")],
    config: Annotated[Path, typer.Option(help="Resolved config to write.")],
    provenance: Annotated[Path, typer.Option(help="Origin of the model to write.")],
) -> None:
    resolved = parse_run(options, named=run)
    table = read_parts(tracks, split, resolved.split)
    learnt = table[table["part"] == "train"]
    estimator = fit_trees(
        raw_inputs(learnt),
        class_numbers(learnt),
        resolved.trees,
        kind=resolved.kind,
        seed=resolved.train.seed,
        threads=threads,
    )
    export_trees(model, estimator)
    own = library_scores(table, lambda inputs: learnt_probabilities(estimator, inputs))
    write_table(scores, own, key=FRAME_TRACK_KEY)
    write_run(config, resolved)
    inputs = {"tracks": tracks, "split": split}
    write_json(provenance, describe_run(describe_config(resolved), inputs, resolved.train.seed, "cpu"))


if __name__ == "__main__":
    run_script(main)

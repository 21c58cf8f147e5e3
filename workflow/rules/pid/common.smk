"""
What the rules of the study share: its checked config, its samples, models and runs, and where things lie.
"""

import json

from rootline.core.sweeps import MODELS_ALONE
from rootline.pid.study import runs_table

PID, OPTIONS, STUDY = opened().study("pid")
# Weights have another name for trees than for networks; the config beside them has one.
MODEL_FILE = f"{PID}/models/{{run}}/config.yaml"
MODELS = STUDY.models
MODEL_SHOWN = OPTIONS.figures_model or next(iter(MODELS))
TREES = [run for run, resolved in STUDY.runs.items() if resolved.is_trees]
NETWORKS = [run for run, resolved in STUDY.runs.items() if not resolved.is_trees]
READING_ORDER = read_yaml(ROOT / "workflow" / "report" / "pid" / "order.yaml")
STYLE = OPTIONS.figures.model_dump_json()


wildcard_constraints:
    sample="|".join(STUDY.samples),
    run="[0-9a-f]{8}",
    sweep="|".join([*STUDY.sweeps, *(f"{name}{SO_FAR}" for name in STUDY.sweeps)])
    or "(?!)",


def one_of(names):
    """
    Match these names and no other; without any, nothing.
    """
    return "|".join(names) or "(?!)"


def only(*, runs, others):
    """
    Match these runs, by their list or by that of all others, whichever is shorter: Snakemake parses it anew for each
    file of each job.
    """
    return (
        one_of(runs)
        if len(runs) < len(others)
        else f"(?!{one_of(others)})[0-9a-f]{{8}}"
    )


def files_of_sample(wildcards):
    """
    Give the ROOT files of the wildcard's sample.
    """
    return STUDY.samples[wildcards.sample]


def content_of(paths):
    """
    Give the digests of the user's own files, which alone may be exchanged for older ones.
    """
    mine = [] if STUDY.simulated else paths
    return [opened().contents.of(Path(path)) for path in mine]


def seen_by_run(wildcards):
    """
    Give tracks and parts that a run learns from, with an adversary those of the second domain too; of a run that
    nobody configured, what is missing in words.
    """
    run = wildcards.run
    if run not in STUDY.runs:
        return {"run": no_such_run(run, PID)}
    seen = {"tracks": PID / "tracks/mc.parquet", "split": PID / "splits/mc.parquet"}
    if domain := STUDY.runs[run].network.domain:
        seen["second"] = [
            PID / f"{stage}/{domain}.parquet" for stage in ("tracks", "splits")
        ]
    return seen


def origin_of(runs):
    """
    Give what tells the origin of the first of some runs, which a figure of them keeps; nothing without any.
    """
    return [PID / f"models/{run}/provenance.json" for run in list(runs)[:1]]

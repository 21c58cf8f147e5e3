"""Several trainings in one SLURM job: packed on one GPU, or as an array."""

import os
import re

import pytest
from tests.engines.slurm_run import GpuWatch, SlurmRun, model_of, target_of

pytestmark = pytest.mark.timeout(1800)


def same_models(study, local, runs):
    return all(model_of(study, run).read_bytes() == model_of(local, run).read_bytes() for run in runs)


def test_four_trainings_share_one_gpu_where_the_profile_packs_them(calm, study, local, runs):
    profile = study.folder / "profiles" / "slurm" / "config.yaml"
    text, marked = re.subn(r"# (.*) # PACK$", r"\1", profile.read_text(), flags=re.MULTILINE)
    assert marked == 3
    profile.write_text(text)
    packed = runs[:4]
    with GpuWatch() as watch, SlurmRun(study, *map(target_of, packed)) as run:
        outcome = run.wait()
    assert outcome.returncode == 0, outcome.text
    jobs = calm.ask("squeue", "--noheader", "--states", "all", "--format", "%b %C %Z").splitlines()
    of_study = [line.split()[:2] for line in jobs if line.endswith(str(study.folder))]
    # The image set of the other resampling may have to be made first.
    assert [job for job in of_study if job[0] != "N/A"] == [["gres:gpu:1", "8"]], jobs
    assert watch.shared == set() and len(watch.used) == 1
    if len(os.sched_getaffinity(0)) >= 4:  # each training has two threads
        assert watch.processes_on_one >= 2, "side by side, not one after the other"
    assert same_models(study, local, packed)


def test_an_array_trains_the_same_models(calm, study, local, runs):
    with GpuWatch() as watch, SlurmRun(study, *map(target_of, runs[:2]), "--slurm-array-jobs", "train_model") as run:
        outcome = run.wait()
    assert outcome.returncode == 0, outcome.text
    assert "Submitted array job with Snakemake IDs" in outcome.text
    assert watch.shared == set() and watch.processes_on_one == 1
    assert same_models(study, local, runs[:2])

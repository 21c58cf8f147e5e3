"""What a user reads when runs of a sweep have failed."""

from pathlib import Path

import pytest
import yaml

from rootline.config import read_config
from rootline.core.failed_runs import describe_failed_runs
from rootline.lartpc.study import plan_study

SWEEP = """
grid: {model.latent_dim: [4, 8], train.lr: [0.001, 10]}
seeds: [0, 1]
"""


def plan(folder: Path, monkeypatch, text=SWEEP):
    monkeypatch.chdir(folder)
    Path("lr.yaml").write_text(text)
    Path("other.yaml").write_text("grid: {train.beta: [7, 8]}")
    config = read_config({"lartpc": {"sweeps": ["lr.yaml", "other.yaml"]}}, source="config.yaml").lartpc
    return plan_study(config, simulated_to="input")


def logs(runs, rule="train_model"):
    return [f"results/lartpc/logs/{rule}/{run}.log" for run in runs]


def describe(study, failed, *, sweep="lr", trained=()):
    """Describe what failed before a sweep, with files of the runs that are trained."""
    for run in trained:
        Path("models", run).mkdir(parents=True)
        Path("models", run, "config.yaml").touch()
    return describe_failed_runs("lartpc", study, {sweep: failed}, Path("models"))


def test_the_lines_for_the_failed_runs_leave_out_these_and_no_other(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    failed = [
        run for run in study.sweeps["lr"] if study.runs[run].train.lr == 10 and study.runs[run].model.latent_dim == 4
    ]
    trained = set(study.sweeps["lr"]) - set(failed)
    text = describe(study, [*logs(failed), "results/lartpc/logs/check_file/protons.log"], trained=trained)
    assert text.startswith("The sweep lr has no summary, because 2 of its 8 runs failed:\n")
    assert f"  {failed[0]} (model.latent_dim=4, train.lr=10.0, train.seed=0)\n" in text
    assert "The target lartpc_sweep_lr_so_far summarises the others." in text
    lines = text[text.index("exclude:") :]
    assert yaml.safe_load(lines) == {"exclude": [{"model.latent_dim": 4, "train.lr": 10.0}]}
    without = plan(tmp_path, monkeypatch, SWEEP + lines)
    assert set(without.sweeps["lr"]) == set(study.sweeps["lr"]) - set(failed)


@pytest.mark.parametrize("sweep", ["lr", "lr_so_far"])
def test_a_run_whose_model_is_there_is_said_to_hold_up_the_summary_of_the_others_too(tmp_path, monkeypatch, sweep):
    study = plan(tmp_path, monkeypatch)
    untrained, first, *others = study.sweeps["lr"]
    failed = [*logs([untrained]), *logs([first], "encode_tracks"), *logs([first], "train_classifier")]
    text = describe(study, failed, sweep=sweep, trained=[first, *others])
    assert "The sweep lr has no summary, because 2 of its 8 runs failed:" in text
    assert f"  {first} (model.latent_dim=4, train.lr=0.001, train.seed=1), which is trained; encode_tracks and" in text
    assert f"  {untrained} (model.latent_dim=4, train.lr=0.001, train.seed=0)\n" in text
    assert "summarises the others" not in text
    assert "The target lartpc_sweep_lr_so_far takes all runs that are trained, and waits for such ones too." in text
    without = plan(tmp_path, monkeypatch, SWEEP + text[text.index("exclude:") :])
    assert set(without.sweeps["lr"]) == set(others)


def test_a_job_of_a_run_and_a_sample_is_one_of_that_run(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    run = study.sweeps["lr"][0]
    text = describe(study, [f"results/pid/logs/score_tracks/{run}/mc.log"], trained=[run])
    assert "which is trained; score_tracks failed" in text


def test_a_sweep_that_nobody_asked_for_is_not_spoken_of(tmp_path, monkeypatch):
    text = "grid: {train.beta: [7, 9]}"
    study = plan(tmp_path, monkeypatch, text)
    shared = set(study.sweeps["lr"]) & set(study.sweeps["other"])
    assert len(shared) == 1
    assert "The sweep lr" not in describe(study, logs(shared), sweep="other")
    assert describe_failed_runs("lartpc", study, {}, tmp_path) == ""


def test_a_target_that_only_trains_lacks_no_summary(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    text = describe(study, logs(study.sweeps["lr"][:1]), sweep="lr_models")
    assert text.startswith("Of the sweep lr 1 of 8 runs failed:\n") and "exclude:" in text


def test_where_no_run_is_trained_there_are_no_others_to_summarise(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    assert "so_far" not in describe(study, logs(study.sweeps["lr"]))


def test_a_single_seed_can_be_left_out(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    text = describe(study, logs(study.sweeps["lr"][:1]))
    without = plan(tmp_path, monkeypatch, SWEEP + text[text.index("exclude:") :])
    assert without.sweeps["lr"] == study.sweeps["lr"][1:]


def test_where_no_run_failed_nothing_is_said(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    assert describe(study, ["results/lartpc/logs/build_tracks/kaons.log"]) == ""
    assert "exclude" not in describe(study, logs(study.sweeps["other"]), sweep="other")

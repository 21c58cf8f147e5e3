"""What a user reads when runs of a sweep have failed."""

from pathlib import Path

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


def logs(runs):
    return [f"results/lartpc/logs/train_model/{run}.log" for run in runs]


def test_the_lines_for_the_failed_runs_leave_out_these_and_no_other(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    failed = [
        run for run in study.sweeps["lr"] if study.runs[run].train.lr == 10 and study.runs[run].model.latent_dim == 4
    ]
    text = describe_failed_runs("lartpc", study, [*logs(failed), "results/lartpc/logs/check_file/protons.log"])
    assert text.startswith("The sweep lr has no summary, because 2 of its 8 runs failed:\n")
    assert f"  {failed[0]} (model.latent_dim=4, train.lr=10.0, train.seed=0)" in text
    assert "The target lartpc_sweep_lr_so_far summarises the others." in text
    lines = text[text.index("exclude:") :]
    assert yaml.safe_load(lines) == {"exclude": [{"model.latent_dim": 4, "train.lr": 10.0}]}
    without = plan(tmp_path, monkeypatch, SWEEP + lines)
    assert set(without.sweeps["lr"]) == set(study.sweeps["lr"]) - set(failed)


def test_a_single_seed_can_be_left_out(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    text = describe_failed_runs("lartpc", study, logs(study.sweeps["lr"][:1]))
    without = plan(tmp_path, monkeypatch, SWEEP + text[text.index("exclude:") :])
    assert without.sweeps["lr"] == study.sweeps["lr"][1:]


def test_where_no_run_failed_nothing_is_said(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    assert describe_failed_runs("lartpc", study, ["results/lartpc/logs/build_tracks/kaons.log"]) == ""
    assert "exclude" not in describe_failed_runs("lartpc", study, logs(study.sweeps["other"]))

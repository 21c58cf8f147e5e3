"""A sweep trained in packs: the same runs and files as trained run by run, and nothing trained twice."""

import json

import pandas as pd


def sweep_over(checkout, betas):
    (checkout.folder / "config" / "sweeps" / "beta.yaml").write_text(f"grid: {{train.beta: {betas}}}\n")
    checkout.change("lartpc.sweeps", ["config/sweeps/beta.yaml"])


def run_ids(checkout):
    table = pd.read_csv(checkout.results / "runs.tsv", sep="\t", dtype=str)
    return dict(zip(table["train.beta"], table["run"], strict=True))


def outcomes(checkout, *, number=0):
    table = pd.read_csv(checkout.results / "packs" / f"beta.{number}.tsv", sep="\t", dtype=str)
    return dict(zip(table["run"], table["outcome"], strict=True))


def test_a_pack_trains_what_is_missing_and_each_run_takes_its_model_from_it(study):
    sweep_over(study, [0.5, 4, 8])  # 0.5 is the run of the config itself, which is there
    packed = study.snakemake("lartpc_pack_beta")
    assert packed.returncode == 0, packed.text
    assert packed.jobs == {"plan_pack": 1, "train_pack": 1}
    models = study.results / "models"
    (base,) = [path.name for path in models.iterdir()]

    swept = study.snakemake("lartpc_sweep_beta")
    assert swept.returncode == 0, swept.text
    assert swept.jobs["train_model"] == 2
    runs = run_ids(study)
    assert runs["0.5"] == base
    assert outcomes(study) == {runs["4.0"]: "all epochs", runs["8.0"]: "all epochs", base: "model is there"}
    alone = {path.name for path in (models / base).iterdir()} - {"curves.png", "curves.pdf"}
    for run in (runs["4.0"], runs["8.0"]):
        assert {path.name for path in (models / run).iterdir()} == alone
        origins = [json.loads((models / name / "provenance.json").read_text()) for name in (run, base)]
        assert origins[0].keys() == origins[1].keys()
        assert origins[0]["training"] == origins[1]["training"]
        history = pd.read_parquet(models / run / "history.parquet")
        assert list(history) == list(pd.read_parquet(models / base / "history.parquet"))
        assert len(history) == 2  # none of train_model's own
    assert not (study.results / "checkpoints").exists() or list((study.results / "checkpoints").iterdir()) == []

    for target in ("lartpc_pack_beta", "lartpc_sweep_beta"):
        again = study.snakemake(target)
        assert "Nothing to be done" in again.text, again.text

    study.change("lartpc.packing", {"models": 2})
    assert "Nothing to be done" in study.snakemake("lartpc_sweep_beta").text
    sweep_over(study, [0.5, 4, 8, 16])
    third = study.snakemake("lartpc_pack_beta")
    assert third.returncode == 0, third.text
    assert third.jobs == {"plan_pack": 2, "train_pack": 2}
    (added,) = [run for run, outcome in outcomes(study, number=1).items() if outcome == "all epochs"]
    assert added not in runs.values()
    assert [path.name for path in (study.results / "checkpoints").iterdir()] == [added]


def test_a_sweep_without_two_runs_that_fit_together_says_so(fresh):
    (fresh.folder / "config" / "sweeps" / "sizes.yaml").write_text("grid: {images.straighten: [true, false]}\n")
    fresh.change("lartpc.sweeps", ["config/sweeps/sizes.yaml"])
    outcome = fresh.snakemake("--dry-run", "lartpc_pack_sizes")
    assert outcome.returncode != 0
    assert "two runs of the sweep sizes that may share a pack (docs/packing.md); use lartpc_sweep_sizes" in outcome.text


def test_the_study_has_no_packs_unless_they_are_asked_for(fresh):
    sweep_over(fresh, [0.5, 4])
    for target in ("lartpc", "lartpc_sweep_beta"):
        planned = fresh.snakemake("--dry-run", target)
        assert planned.returncode == 0, planned.text
        assert not {"plan_pack", "train_pack"} & planned.ran
    assert fresh.snakemake("--dry-run", "lartpc_pack_beta").jobs["train_pack"] == 1

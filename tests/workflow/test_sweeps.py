"""A sweep from its file to its figure and into the report, on two values with two seeds."""

import pandas as pd
import yaml


def test_a_sweep_ends_with_its_summary_and_figure_and_the_report_shows_it(study):
    (study.folder / "config" / "sweeps" / "beta.yaml").write_text("grid: {train.beta: [0.5, 4]}\nseeds: [0, 1]\n")
    study.change("lartpc.sweeps", ["config/sweeps/beta.yaml"])
    outcome = study.snakemake("lartpc_sweep_beta")
    assert outcome.returncode == 0, outcome.text
    # the run of the config itself is one of the four and is there
    assert (outcome.jobs["train_model"], outcome.jobs["summarise_sweep"]) == (3, 1)

    folder = study.results / "sweeps" / "beta"
    runs = pd.read_parquet(folder / "runs.parquet")
    for run in runs.itertuples():
        config = yaml.safe_load((study.results / "models" / run.run / "config.yaml").read_text())
        assert (config["train"]["beta"], config["train"]["seed"]) == (run[3], run[4])
        errors = pd.read_parquet(study.results / "analysis" / run.run / "reconstruction.parquet")
        of_kaons = errors[(errors["quantity"] == "reconstruction_error") & (errors["particle"] == "kaon")]
        assert run.error_kaon == of_kaons["mean"].iloc[0]
    summary = pd.read_parquet(folder / "summary.parquet")
    of_error = summary[summary["metric"] == "error_kaon"].set_index("train.beta")
    means = runs.groupby("train.beta")["error_kaon"].mean()
    assert of_error["mean"].to_dict() == means.to_dict()
    assert set(of_error["n_seeds"]) == {2} and of_error["low"].isna().all()
    effects = pd.read_parquet(folder / "effects.parquet")
    difference = effects[(effects["kind"] == "difference") & (effects["metric"] == "error_kaon")].iloc[0]
    assert (difference["axis"], difference["level"], difference["reference"], difference["n"]) == (
        "train.beta", "4.0", "0.5", 2,
    )  # fmt: skip
    assert pd.read_csv(folder / "summary.csv").shape == summary.shape
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.{kind}" for name in ("runs", "summary", "effects") for kind in ("parquet", "csv")),
        "provenance.json", "summary.png", "summary.pdf",
    }  # fmt: skip
    assert "Warning" not in (study.results / "logs" / "plot_sweep" / "beta.log").read_text()

    again = study.snakemake("lartpc_sweep_beta")
    assert "Nothing to be done" in again.text, again.text
    reported = study.snakemake("lartpc_report", "--report", "report.html")
    assert reported.returncode == 0, reported.text
    assert "The sweep beta: means over the runs" in (study.folder / "report.html").read_text()


def test_without_sweeps_no_file_matches_the_rule_of_a_sweep(fresh):
    outcome = fresh.snakemake("--dry-run", "results/lartpc/sweeps/beta/summary.parquet")
    assert outcome.returncode != 0
    assert "MissingRuleException" in outcome.text or "No rule to produce" in outcome.text, outcome.text

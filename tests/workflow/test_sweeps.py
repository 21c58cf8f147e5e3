"""Sweeps from their file to their figures and into the report, with runs that are shared, added, or fail."""

import json

import pandas as pd
import yaml

OF_ONE_RUN = {"train_model", "encode_tracks", "measure_reconstruction", "probe_latents", "regress_features"}
OF_ONE_RUN |= {"cluster_latents"}
OF_A_SWEEP = {"summarise_sweep", "plot_sweep", "rank_sweep", "choose_best", "plot_pareto"}


def write_sweep(checkout, name, text):
    (checkout.folder / "config" / "sweeps" / f"{name}.yaml").write_text(text)
    return f"config/sweeps/{name}.yaml"


def test_a_sweep_ends_with_its_summary_and_figure_and_the_report_shows_it(study):
    study.change("lartpc.sweeps", [write_sweep(study, "beta", "grid: {train.beta: [0.5, 4]}\nseeds: [0, 1]\n")])
    # the tiny study has too few tracks for probes
    study.change("lartpc.analyses.pareto", {"score": "r2_bragg_ridge"})
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
    origin = json.loads((folder / "provenance.json").read_text())
    assert origin["inputs"]["models/*/config.yaml"]["file"] == "4 files" and len(origin["inputs"]) == 6
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
        *(f"{name}.{kind}" for name in ("runs", "summary", "effects", "pareto") for kind in ("parquet", "csv")),
        *(f"{name}.{kind}" for name in ("summary", "pareto") for kind in ("png", "pdf")),
        "provenance.json", "best.json", "best.yaml",
    }  # fmt: skip
    points = pd.read_parquet(folder / "pareto.parquet").set_index("train.beta")
    assert set(points["error_metric"]) == {"error_proton"} and points["rank"].min() == 1
    assert points["error"].to_dict() == runs.groupby("train.beta")["error_proton"].mean().to_dict()
    best = json.loads((folder / "best.json").read_text())
    assert best["metric"] == "r2_bragg_ridge" and best["missing"] == []
    beta = runs.set_index("run").loc[best["chosen"]["runs"]["0"], "train.beta"]
    assert yaml.safe_load((folder / "best.yaml").read_text()) == {"lartpc": {"train": {"beta": beta}}}
    assert "Warning" not in (study.results / "logs" / "plot_sweep" / "beta.log").read_text()

    again = study.snakemake("lartpc_sweep_beta")
    assert "Nothing to be done" in again.text, again.text
    study.change("lartpc.analyses.best", {"metric": "error_proton", "within": 0})
    assert study.snakemake("lartpc_sweep_beta").ran == {"choose_best", "plot_pareto"}
    assert json.loads((folder / "best.json").read_text())["chosen"]["value"] == points["error"].min()
    reported = study.snakemake("lartpc_report", "--report", "report.html")
    assert reported.returncode == 0, reported.text
    page = (study.folder / "report.html").read_text()
    for caption in (
        "The sweep beta: means over the runs",
        "The points of the sweep beta",
        "The best point of the sweep beta",
    ):
        assert caption in page


def test_without_sweeps_no_file_matches_the_rule_of_a_sweep(fresh):
    outcome = fresh.snakemake("--dry-run", "results/lartpc/sweeps/beta/summary.parquet")
    assert outcome.returncode != 0
    assert "MissingRuleException" in outcome.text or "No rule to produce" in outcome.text, outcome.text


def test_two_sweeps_share_their_equal_runs_and_a_target_trains_alone(fresh):
    one = write_sweep(fresh, "one", "grid: {train.beta: [1, 2, 3]}")
    two = write_sweep(fresh, "two", "grid: {train.beta: [2, 3, 4]}")
    fresh.change("lartpc.sweeps", [one, two])
    both = fresh.snakemake("--dry-run", "lartpc_sweep_one", "lartpc_sweep_two")
    assert {both.jobs[rule] for rule in OF_ONE_RUN} == {4} and {both.jobs[rule] for rule in OF_A_SWEEP} == {2}
    models = fresh.snakemake("--dry-run", "lartpc_sweep_one_models")
    assert models.jobs["train_model"] == 3
    assert not models.ran & {"encode_tracks", "compute_features", *OF_A_SWEEP}
    outcome = fresh.snakemake("--dry-run", "lartpc_sweep_one_so_far")
    assert outcome.returncode == 1 and "no run of the sweep one is trained yet" in outcome.text, outcome.text


def test_a_run_that_fails_stops_no_other_and_its_sweep_can_be_read_without_it(study):
    text = "rows: [{train.beta: 0.5}, {train.lr: 1.0e+30}, {train.beta: 4}]\n"
    study.change("lartpc.sweeps", [write_sweep(study, "lr", text)])
    first = study.snakemake("lartpc_sweep_lr")
    assert first.returncode == 1 and "1 job failed" in first.text, first.text
    assert "The sweep lr has no summary, because 1 of its 3 runs failed:" in first.text, first.text
    assert "The target lartpc_sweep_lr_so_far summarises the others." in first.text
    lines = first.text[first.text.rindex("exclude:\n") :].splitlines()[:2]
    assert lines == ["exclude:", "  - {train.lr: 1e+30}"]
    made = {path.name for path in (study.results / "analysis").glob("*/clustering.parquet")}
    assert made == {"clustering.parquet"} and len(list((study.results / "models").glob("*/model.safetensors"))) == 2

    # the same command tries the failed run alone
    again = study.snakemake("lartpc_sweep_lr")
    assert "Training the model" in again.text and "Encoding the tracks" not in again.text, again.text

    # of a sweep that nobody asked for nothing is said
    failed = first.text[first.text.index("runs failed:") :].split()[2]
    alone = study.snakemake(f"results/lartpc/models/{failed}/model.safetensors")
    assert "1 job failed" in alone.text and "The sweep" not in alone.text, alone.text

    so_far = study.snakemake("lartpc_sweep_lr_so_far")
    assert so_far.returncode == 0 and so_far.ran == OF_A_SWEEP, so_far.text
    folder = study.results / "sweeps" / "lr_so_far"
    assert json.loads((folder / "best.json").read_text())["missing"] == [failed]
    assert set(pd.read_csv(folder / "runs.csv")["train.beta"]) == {0.5, 4.0}

    write_sweep(study, "lr", text + "\n".join(lines) + "\n")
    without = study.snakemake("lartpc_sweep_lr")
    assert without.returncode == 0 and without.ran == {"write_runs", *OF_A_SWEEP}, without.text
    assert (study.results / "sweeps" / "lr" / "summary.png").is_file()


def test_the_table_of_thousands_of_runs_is_written_though_no_command_line_holds_it(fresh):
    text = f"grid: {{train.beta: [1, 2, 3, 4]}}\nseeds: {list(range(2000))}\n"
    fresh.change("lartpc.sweeps", [write_sweep(fresh, "many", text)])
    outcome = fresh.snakemake("results/lartpc/runs.tsv")
    assert outcome.returncode == 0, outcome.text
    table = pd.read_csv(fresh.results / "runs.tsv", sep="\t")
    assert len(table) == 8001 and (fresh.results / "runs.tsv").stat().st_size > 128 * 1024
    assert table["run"].is_unique and (table["sweeps"] == "many").sum() == 8000


def test_all_that_is_impossible_in_a_sweep_is_said_before_the_first_job(fresh):
    text = "grid: {images.size: [16, 18], model.channels: [[4], [4, 8]], train.beta: [1, 2]}\n"
    fresh.change("lartpc.sweeps", [write_sweep(fresh, "sizes", text)])
    outcome = fresh.snakemake("lartpc_sweep_sizes")
    assert outcome.returncode == 1 and "Traceback" not in outcome.text
    assert (
        "config/sweeps/sizes.yaml: 2 of its 8 runs are impossible\n  images.size=18: must be a multiple of 4"
        in outcome.text
    )
    lines = outcome.text[outcome.text.index("exclude:\n") :].splitlines()[:2]
    assert lines == ["exclude:", "  - {images.size: 18, model.channels: [4, 8]}"]
    write_sweep(fresh, "sizes", text + "\n".join(lines))
    outcome = fresh.snakemake("--dry-run", "lartpc_sweep_sizes")
    assert outcome.returncode == 0 and outcome.jobs["train_model"] == 6

"""The second study as its users run it: alone, beside the first, on their own files, and again."""

import re
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
import uproot
from tests.checkout import REPOSITORY, TINY_PID

from rootline.core.digests import DIGESTS_FILE, read_manifest
from rootline.core.files import read_json
from rootline.pid.tracks import FRAME_TRACK_KEY

JUDGING = {
    "compare_models",
    "plot_selection",
    "plot_equal_purity",
    "plot_curves",
    "plot_planes",
    "measure_masses",
    "plot_masses",
}
PAGES = {"describe_study", "tabulate_results"}


def results(checkout):
    return checkout.folder / "results" / "pid"


def test_a_run_leaves_models_that_are_exported_scores_numbers_figures_and_pages(finished_pid):
    folder = results(finished_pid)
    models = [path.parent for path in folder.glob("models/*/model.onnx")]
    assert len(models) == 3
    for model in models:
        parity = read_json(model / "parity.json")
        assert parity["difference"] < 1e-5 and 0 < parity["n_missing"] < parity["n"]
    tracks = pd.read_parquet(folder / "tracks" / "mc.parquet")
    scores = pd.read_parquet(folder / "scores" / models[0].name / "mc.parquet")
    assert len(tracks) > 1000
    pd.testing.assert_frame_equal(scores[list(FRAME_TRACK_KEY)], tracks[list(FRAME_TRACK_KEY)])
    for name in (
        "response",
        "training",
        "selection",
        "equal_purity",
        "curves",
        "planes_kaon",
        "planes_proton",
        "masses",
        "importance",
        "domains",
        "mapped",
        "throughput",
    ):
        assert (folder / "figures" / f"{name}.png").stat().st_size > 5000, name
        assert (folder / "figures" / f"{name}.pdf").is_file(), name
    numbers = pd.read_parquet(folder / "analysis" / "models.parquet")
    assert set(numbers["model"]) == {"nsigma", "forest", "mlp", "dann"}
    assert (folder / "report" / "run.html").is_file()


def test_the_pages_of_the_study_name_every_column(finished_pid):
    text = "".join(page.read_text() for page in (REPOSITORY / "docs" / "pid").glob("*.md"))
    words = set(re.findall(r"`([^`\n]+)`", text))
    words |= {word.removesuffix(" ±") + end for word in words if word.endswith(" ±") for end in ("", "_low", "_high")}
    tables = [
        path
        for folder in ("analysis", "timings", "models/*")
        for path in results(finished_pid).glob(f"{folder}/*.parquet")
    ]
    assert len(tables) > 10
    for path in tables:
        columns = {re.sub(r"^output_\d+$", "output_0", name) for name in pq.read_schema(path).names}
        assert columns - words == set(), path.name


def test_what_depends_on_the_machine_is_not_compared_between_runs(finished_pid):
    named = read_manifest(results(finished_pid) / DIGESTS_FILE).files
    assert "analysis/models.parquet" in named and not [name for name in named if "throughput" in name]


def test_a_second_run_does_nothing_in_another_folder_too(study_pid):
    outcome = study_pid.snakemake()
    assert outcome.returncode == 0 and "Nothing to be done" in outcome.text, outcome.text


@pytest.mark.parametrize(
    ("key", "value", "ran"),
    [
        ("pid.nsigma.threshold", 3.0, JUDGING | PAGES),
        ("pid.models.mlp", {"kind": "mlp", "train.seed": 5}, {"train_network", "export_network", "check_export", "score_tracks", "list_runs", "plot_losses", "compare_models", "plot_selection", "plot_equal_purity", "plot_curves"} | PAGES),
        ("pid.figures.dpi", 80, None),
    ],
)  # fmt: skip
def test_a_changed_value_runs_what_depends_on_it_and_no_more(study_pid, key, value, ran):
    study_pid.change(key, value)
    outcome = study_pid.snakemake("-n")
    assert outcome.returncode == 0, outcome.text
    made = outcome.ran - PAGES
    if ran is None:
        assert made and all(name.startswith("plot_") for name in made)
    else:
        assert (
            {"compare_models"}
            <= made
            <= ran
            | {
                "plot_planes",
                "measure_masses",
                "plot_masses",
                "time_scoring",
                "plot_throughput",
                "embed_tracks",
                "plot_mapped",
            }
        )
        assert not {"simulate_collisions", "read_frames", "split_frames", "fit_trees", "scan_domains"} & made


def test_files_of_the_user_are_read_and_nothing_is_simulated(study_pid):
    shutil.copytree(results(study_pid) / "input", study_pid.folder / "own data")
    study_pid.change("pid.input", {"mc": ["own data/mc.root"], "data": ["own data/d*ta.root"]})
    outcome = study_pid.snakemake("-n")
    assert outcome.returncode == 0, outcome.text
    assert "read_frames" in outcome.ran and not {"simulate_collisions", "scan_domains"} & outcome.ran
    whole = (study_pid.folder / "own data" / "mc.root").read_bytes()
    (study_pid.folder / "own data" / "mc.root").write_bytes(whole[: len(whole) // 2])
    outcome = study_pid.snakemake("pid_tracks")
    assert outcome.returncode != 0
    assert "own data/mc.root" in outcome.text and "copy the file again" in outcome.text, outcome.text


def test_a_sweep_can_be_summarised_so_far(study_pid):
    (study_pid.folder / "size.yaml").write_text("grid:\n  trees.n: [10, 4]\n")
    study_pid.change("pid.sweeps", ["size.yaml"])
    outcome = study_pid.snakemake("-n", "pid_sweep_size")
    assert outcome.returncode == 0 and outcome.jobs["fit_trees"] == 1, "the forest of the study is one of its runs"
    outcome = study_pid.snakemake("pid_sweep_size_so_far")
    assert outcome.returncode == 0 and outcome.ran == {"compare_sweep", "tabulate_sweep", "plot_points", "list_runs"}, (
        outcome.text
    )
    table = pd.read_parquet(results(study_pid) / "sweeps" / "size_so_far" / "runs.parquet")
    origin = read_json(results(study_pid) / "sweeps" / "size_so_far" / "provenance.json")["config"]
    assert origin["keys"] == [] and origin["runs"] == list(table["run"].unique()) and len(origin["missing"]) == 1
    assert table["run"].nunique() == 1 and set(table["species"]) == {"pion", "kaon", "proton"}
    (study_pid.folder / "other.yaml").write_text("grid:\n  trees.n: [3, 4]\n")
    study_pid.change("pid.sweeps", ["other.yaml"])
    assert "no run of the sweep other is trained yet" in study_pid.snakemake("-n", "pid_sweep_other_so_far").text


def test_a_sweep_of_thousands_of_runs_is_compared_though_no_command_line_holds_it(fresh):
    (fresh.folder / "many.yaml").write_text(f"seeds: {list(range(2500))}\n")
    fresh.write_config(TINY_PID)
    fresh.change("pid.sweeps", ["many.yaml"])
    outcome = fresh.snakemake("-n", "-p", "results/pid/sweeps/many/models.parquet")
    assert outcome.returncode == 0 and outcome.jobs["score_tracks"] == 2500, outcome.text[-2000:]
    (line,) = [line for line in outcome.text.splitlines() if "compare_models.py" in line]
    assert len(line) < 4000
    (file,) = (fresh.folder / ".snakemake" / "rootline").glob("*-models.json")
    assert len(read_json(file)) == 2500


@pytest.mark.parametrize(("kind", "rule"), [("forest", "fit_trees"), ("mlp", "train_network")])
def test_each_run_has_the_rule_of_its_kind_whichever_has_more_and_none_means_no_run(kind, rule, fresh):
    (fresh.folder / "more.yaml").write_text(f"grid: {{kind: [{kind}]}}\nseeds: {list(range(100, 112))}\n")
    fresh.write_config(TINY_PID)
    fresh.change("pid.sweeps", ["more.yaml"])
    alone = fresh.snakemake("-n", "pid_sweep_more_models")
    assert alone.returncode == 0 and alone.jobs[rule] == 12, alone.text
    assert not ({"fit_trees", "train_network"} - {rule}) & alone.ran
    both = fresh.snakemake("-n", "pid_sweep_more_models", "pid_models")
    assert both.jobs["fit_trees"] + both.jobs["train_network"] == 12 + 3, both.text
    refused = fresh.snakemake("-n", "results/pid/scores/12345678/mc.parquet")
    assert refused.returncode != 0
    assert "run 12345678 in this config and its sweeps (results/pid/runs.tsv lists" in refused.text, refused.text


def test_both_studies_run_from_one_config(fresh):
    config = fresh.read_config()
    fresh.write_config(config | {"studies": ["lartpc", "pid"]})
    outcome = fresh.snakemake("-n")
    assert outcome.returncode == 0, outcome.text
    assert {"simulate_sample", "simulate_collisions", "train_model", "train_network"} <= outcome.ran


def test_a_study_is_removed_with_its_folders(fresh):
    for path in [*fresh.folder.glob("workflow/*/pid"), fresh.folder / "src/rootline/pid"]:
        shutil.rmtree(path)
    (fresh.folder / "config" / "pid.yaml").unlink()
    outcome = fresh.snakemake("-n", "lartpc_models")
    assert outcome.returncode == 0 and "train_model" in outcome.ran, outcome.text
    refused = fresh.snakemake("-n", "--config", "pid={}")
    assert "pid is not a known key" in refused.text, refused.text


def test_a_typo_is_told_with_what_was_meant(fresh):
    fresh.write_config({"studies": ["pid"], "results": "results", "pid": {"scan": {"seed": 3}, "kind": "florest"}})
    outcome = fresh.snakemake("-n")
    assert outcome.returncode != 0
    assert "pid.scan.seed is not a known key; did you mean pid.scan.seeds?" in outcome.text, outcome.text
    assert "pid.kind='florest'" in outcome.text


def test_models_of_any_name_will_do_and_a_figure_that_none_of_them_has_is_left_out(fresh):
    for name in ("mc.root", "data.root"):
        (fresh.folder / name).touch()
    pid = {"input": {"mc": ["mc.root"], "data": ["data.root"]}}
    pid["models"] = {"few": {"kind": "boosting", "trees.n": 3}}
    fresh.write_config({"studies": ["pid"], "results": "results", "pid": pid})
    outcome = fresh.snakemake("-n")
    assert outcome.returncode == 0, outcome.text
    assert {"fit_trees", "time_scoring", "plot_throughput"} <= outcome.ran
    assert not {"train_network", "plot_losses", "embed_tracks", "scan_domains"} & outcome.ran
    fresh.change("pid.analyses.throughput.models", [])
    outcome = fresh.snakemake("-n")
    assert outcome.returncode == 0, outcome.text
    assert "fit_trees" in outcome.ran and not {"time_scoring", "plot_throughput"} & outcome.ran
    fresh.change("pid.analyses.throughput.models", ["fews"])
    refused = fresh.snakemake("-n")
    assert refused.returncode != 0 and "'fews' is none of pid.models; did you mean few?" in refused.text, refused.text


def test_scores_join_the_rows_of_the_users_file(finished_pid):
    folder = results(finished_pid)
    run = next(folder.glob("scores/*/mc.parquet"))
    scores = pd.read_parquet(run)
    tracks = pd.read_parquet(folder / "tracks" / "mc.parquet")
    with uproot.open(folder / "input" / "mc.root") as file:
        momenta = {frame: file[f"DF_{frame}/O2pidtracksmc/fP"].array(library="np") for frame in (1, 2)}
    joined = scores.merge(tracks, on=list(FRAME_TRACK_KEY), validate="one_to_one").sample(200, random_state=1)
    assert [momenta[frame][track] for frame, track in zip(joined["frame"], joined["track"], strict=True)] == joined[
        "fP"
    ].tolist()

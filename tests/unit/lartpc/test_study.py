import re
from itertools import count

import pytest

from rootline.config import read_config
from rootline.core.config import ConfigError
from rootline.core.errors import UserError
from rootline.core.names import stable_id
from rootline.core.runs import run_id
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.study import plan_study, runs_table


def plan(tmp_path, monkeypatch, **lartpc):
    monkeypatch.chdir(tmp_path)
    return plan_study(read_config({"lartpc": lartpc}, source="config.yaml").lartpc, simulated_to="results/lartpc/input")


def sweep(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return name


def test_without_samples_the_four_simulated_ones_are_the_input(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    assert {name: (s.particle, s.role) for name, s in study.samples.items()} == {
        "protons": ("proton", "train"),
        "kaons": ("kaon", "held_out"),
        "mips": ("muon", "mip"),
        "references": ("kaon_reference", "reference"),
    }
    assert [entry.path for entry in study.files.values()] == [
        f"results/lartpc/input/{name}.root" for name in ("protons", "kaons", "mips", "references")
    ]


def test_a_simulated_sample_is_called_by_the_particle_that_is_simulated(tmp_path, monkeypatch):
    of = {"mips": {"species": "pion"}, "references": {"species": "proton"}, "kaons": {"role": "reference"}}
    study = plan(tmp_path, monkeypatch, simulation=of)
    assert {name: sample.particle for name, sample in study.samples.items()} == {
        "protons": "proton",
        "kaons": "kaon_reference",
        "mips": "pion",
        "references": "proton_reference",
    }


def test_only_samples_of_role_train_are_trained_on_and_the_role_is_config(tmp_path, monkeypatch):
    assert plan(tmp_path, monkeypatch).trainable == ["protons"]
    both = {"simulation": {"kaons": {"role": "train"}}, "train": {"species": ["proton", "kaon"]}}
    assert plan(tmp_path, monkeypatch, **both).trainable == ["protons", "kaons"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"analyses": {"probe": {"positive": "kaonn"}}},
            "lartpc.analyses.probe.positive: no sample holds kaonn; did you mean kaon",
        ),
        (
            {"analyses": {"clustering": {"anchors": ["proton", "mip"]}}},
            "lartpc.analyses.clustering.anchors: no sample holds mip; there are kaon, kaon_reference, muon, proton",
        ),
        ({"reference": {"negative": "protn"}}, "lartpc.reference.negative: no sample holds protn; did you mean proton"),
    ],
)
def test_a_particle_that_no_sample_holds_is_named_before_the_first_job(tmp_path, monkeypatch, options, message):
    with pytest.raises(UserError, match=re.escape(message)):
        plan(tmp_path, monkeypatch, **options)


def test_a_study_may_lack_the_particles_that_the_analyses_compare_by_default(tmp_path, monkeypatch):
    (tmp_path / "a.root").touch()
    (tmp_path / "samples.tsv").write_text("sample\tparticle\trole\tpath\na\tpion\ttrain\ta.root\n")
    options = {"input": {"samples": "samples.tsv"}, "train": {"species": ["pion"]}}
    assert plan(tmp_path, monkeypatch, **options).trainable == ["a"]
    written_out = {"probe": {"positive": "kaon"}, "clustering": {"anchors": ["muon"]}}
    assert plan(tmp_path, monkeypatch, **options, analyses=written_out).trainable == ["a"]
    with pytest.raises(UserError, match="no sample holds deuteron"):
        plan(tmp_path, monkeypatch, **options, analyses={"probe": {"positive": "deuteron"}})


def test_reference_samples_are_neither_compared_nor_cut_by_windows(tmp_path, monkeypatch):
    study = plan(tmp_path, monkeypatch)
    assert study.compared == ["protons", "kaons"] and study.windowed == ["protons", "kaons", "mips"]
    assert study.references == ["references"]


def test_reference_events_may_come_from_the_file_of_another_sample(tmp_path, monkeypatch):
    (tmp_path / "k.root").touch()
    text = "sample\tparticle\trole\tpath\nkaons\tkaon\theld_out\tk.root\npicked\tkaon_reference\treference\tk.root\n"
    (tmp_path / "samples.tsv").write_text(text)
    study = plan(tmp_path, monkeypatch, input={"samples": "samples.tsv"})
    assert study.samples["kaons"].files == study.samples["picked"].files and len(study.files) == 1
    (tmp_path / "samples.tsv").write_text(text.replace("kaon_reference", "kaon"))
    with pytest.raises(
        UserError, match=r"line 3: k.root belongs to kaons too \(line 2\).*count twice; .* kaon_reference"
    ):
        plan(tmp_path, monkeypatch, input={"samples": "samples.tsv"})


def test_who_trains_nothing_needs_no_sample_to_train_on(tmp_path, monkeypatch):
    assert plan(tmp_path, monkeypatch, simulation={"protons": {"role": "held_out"}}).trainable == []


def test_two_sweeps_share_equal_runs_with_each_other_and_with_the_base_run(tmp_path, monkeypatch):
    a = sweep(tmp_path, "a.yaml", "grid: {train.beta: [0.5, 1]}")
    b = sweep(tmp_path, "b.yaml", "grid: {train.beta: [1, 2]}")
    study = plan(tmp_path, monkeypatch, sweeps=[a, b])
    assert len(study.runs) == 3
    assert study.base in study.sweeps["a"]
    assert len(set(study.sweeps["a"]) & set(study.sweeps["b"])) == 1


def test_runs_of_one_image_config_share_one_image_set(tmp_path, monkeypatch):
    name = sweep(tmp_path, "resampling.yaml", "grid: {images.resampling: [area, bilinear], train.beta: [0.5, 1]}")
    study = plan(tmp_path, monkeypatch, sweeps=[name])
    assert len(study.runs) == 4 and len(study.image_sets) == 2
    assert study.image_sets["default"].resampling == "area"
    for run, config in study.runs.items():
        assert study.image_sets[study.image_set_of[run]] == config.images
        assert study.splits[study.split_of[run]] == config.split


def test_the_table_of_runs_says_what_each_id_means(tmp_path, monkeypatch):
    name = sweep(tmp_path, "shape.yaml", "grid: {model.channels: [[8, 16], [32]]}\nseeds: [1]")
    study = plan(tmp_path, monkeypatch, sweeps=[name])
    header, *rows = [line.split("\t") for line in runs_table(study).splitlines()]
    assert header == ["run", "sweeps", "train.seed", "model.channels"]
    assert rows[0] == [study.base, "-", "0", "32-64-128-256"]
    assert [row[1:] for row in rows[1:]] == [["shape", "1", "8-16"], ["shape", "1", "32"]]


def test_image_sets_and_splits_are_made_once_for_all_runs_that_share_them(tmp_path, monkeypatch):
    text = "grid: {images.size: [16, 32, 48], split.train: [0.5, 0.6], train.beta: [0.5, 1]}"
    study = plan(tmp_path, monkeypatch, sweeps=[sweep(tmp_path, "sizes.yaml", text)])
    assert len(study.image_sets) == 3 and len(study.splits) == 3  # the default split is 0.8
    assert set(study.image_set_of.values()) == set(study.image_sets)
    assert set(study.split_of.values()) == set(study.splits)


@pytest.mark.parametrize("name", ["beta_models.yaml", "beta_so_far.yaml"])
def test_a_sweep_cannot_be_called_like_a_target_of_another(tmp_path, monkeypatch, name):
    with pytest.raises(UserError, match=rf"{name} ends as a target of another sweep may; rename the file"):
        plan(tmp_path, monkeypatch, sweeps=[sweep(tmp_path, name, "seeds: [1]")])


@pytest.mark.parametrize(
    ("analyses", "message"),
    [
        (
            {"best": {"metric": "auc_logstic"}},
            r"lartpc.analyses.best.metric=auc_logstic: no number of a run; did you mean",
        ),
        ({"pareto": {"score": "auc"}}, r"lartpc.analyses.pareto.score=auc: no number of a run"),
        (
            {"pareto": {"error": "error_pion"}},
            r"pareto.error=error_pion: no number of a run; did you mean error_proton",
        ),
    ],
)
def test_a_number_to_judge_sweeps_by_is_checked_before_the_first_job(tmp_path, monkeypatch, analyses, message):
    with pytest.raises(UserError, match=message):
        plan(tmp_path, monkeypatch, analyses=analyses)


@pytest.mark.slow
def test_two_different_runs_whose_ids_agree_by_chance_are_an_error_and_never_one_run(tmp_path, monkeypatch):
    base = RunConfig().model_dump(mode="json")
    seen = {}
    for seed in count():  # about 80,000 of them
        base["train"]["seed"] = seed
        if (other := seen.setdefault(stable_id(base), seed)) != seed:
            break
    with pytest.raises(UserError, match="two different runs have the id .* by chance; change the seed of one of them"):
        plan(tmp_path, monkeypatch, sweeps=[sweep(tmp_path, "s.yaml", f"seeds: [{other}, {seed}]")])


def test_a_run_is_named_by_what_it_is_and_by_nothing_else(tmp_path, monkeypatch):
    first = plan(tmp_path, monkeypatch)
    second = plan(tmp_path, monkeypatch, figures={"dpi": 100}, sweeps=[sweep(tmp_path, "s.yaml", "seeds: [1, 2]")])
    assert first.base == second.base == run_id(first.runs[first.base])
    assert plan(tmp_path, monkeypatch, train={"beta": 4}).base != first.base


def test_a_sweep_that_is_not_below_the_working_folder_is_looked_for_among_the_shipped_ones(tmp_path, monkeypatch):
    here, shipped = tmp_path / "here", tmp_path / "shipped"
    here.mkdir()
    shipped.mkdir()
    monkeypatch.chdir(here)
    config = read_config({"lartpc": {"sweeps": ["s.yaml"]}}, source="config.yaml").lartpc
    sweep(shipped, "s.yaml", "seeds: [1, 2]")
    assert len(plan_study(config, simulated_to="input", shipped=shipped).sweeps["s"]) == 2
    sweep(here, "s.yaml", "seeds: [1, 2, 3]")
    assert len(plan_study(config, simulated_to="input", shipped=shipped).sweeps["s"]) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "grid: {images.size: [50]}",
            r"s.yaml: 1 of its 1 runs is impossible\n  images.size=50: must be a multiple of 16",
        ),
        ("grid: {train.bata: [1]}", "s.yaml: train.bata is not a key of a run; did you mean train.beta"),
        ("gird: {train.beta: [1]}", "gird is not a known key; did you mean grid"),
        (
            "grid: {train.species: [[pion]]}",
            r"no sample of role train holds pion; or name what such samples hold: proton\n    train.species=\[pion\]",
        ),
        ("grid: {train.species: [[kaon]]}", r"holds kaon, only kaons \(held_out\); give it the role train; or name"),
        ("- 1", "s.yaml: must be a mapping"),
    ],
)
def test_a_wrong_sweep_stops_before_the_first_job(tmp_path, monkeypatch, text, message):
    with pytest.raises(UserError, match=message):
        plan(tmp_path, monkeypatch, sweeps=[sweep(tmp_path, "s.yaml", text)])


def test_a_side_file_that_is_not_there_is_named_by_its_key(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"lartpc.input.curves.kaon: no such file k.txt; relative paths are taken from"):
        plan(tmp_path, monkeypatch, input={"curves": {"kaon": "k.txt"}})


@pytest.mark.parametrize("key", ["events", "choice"])
def test_a_table_of_reference_events_that_is_not_there_is_named_by_its_key(tmp_path, monkeypatch, key):
    with pytest.raises(UserError, match=rf"lartpc.reference.{key}: no such file mine.csv; relative paths"):
        plan(tmp_path, monkeypatch, reference={key: "mine.csv"})


def test_side_files_without_samples_make_no_sense():
    with pytest.raises(ConfigError, match="beamline and reco given without samples"):
        read_config({"lartpc": {"input": {"beamline": "b.csv", "reco": "r.csv"}}}, source="config.yaml")

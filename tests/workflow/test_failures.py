"""What a user sees when something is wrong: one clear message, exit code 1, nothing half-made."""

import os
import shutil

import pytest

from rootline.core.tables import TRACK_KEY, read_frame


def failed(outcome):
    assert outcome.returncode == 1, outcome.text
    assert "Traceback" not in outcome.text, outcome.text
    return outcome.text


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "lartpc.model.latend_dim",
            8,
            "lartpc.model.latend_dim is not a known key; did you mean lartpc.model.latent_dim",
        ),
        ("lartpc.images.size", 50, "images.size=50: must be a multiple of 4"),
        ("lartpc.train.beta", "high", "lartpc.train.beta='high': input should be a valid number"),
        ("lartpc.input.beamline", "beam.csv", "beamline given without samples"),
        ("results", "out{1}", "results='out{1}': holds { or }, which Snakemake takes for a wildcard"),
        ("lartpc", None, "lartpc=None: must hold keys of its own, indented below it"),
        ("studies", ["lartcp"], "studies.0='lartcp': input should be 'lartpc'"),
        ("lartpc.input.samples", "none.tsv", "none.tsv: no such file"),
        ("lartpc.sweeps", ["config/sweeps/none.yaml"], "config/sweeps/none.yaml: no such file"),
        ("lartpc.train.species", ["pion"], "no sample of role train holds pion"),
        (
            "lartpc.train.species",
            ["proton", "kaon"],
            "no sample of role train holds kaon, only kaons (held_out); give it the role train",
        ),
    ],
)
def test_a_wrong_config_names_file_key_and_remedy(fresh, key, value, message):
    fresh.change(key, value)
    text = failed(fresh.snakemake("--dry-run"))
    assert message in text, text


def test_a_key_given_twice_is_refused_and_not_silently_the_last_one(fresh):
    fresh.config_file.write_text(fresh.config_file.read_text() + "results: elsewhere\n")
    assert "results" in failed(fresh.snakemake("--dry-run"))


def test_a_config_that_is_no_yaml_is_named_with_its_line(fresh):
    fresh.config_file.write_text("results: results\nlartpc: [1\n")
    text = failed(fresh.snakemake("--dry-run"))
    assert "config.yaml: not valid YAML" in text and "line 3" in text, text


def test_a_run_that_nobody_configured_is_named(fresh):
    text = failed(fresh.snakemake("--dry-run", "results/lartpc/figures/12345678/probe.png"))
    assert "run 12345678 in this config and its sweeps (results/lartpc/runs.tsv lists" in text, text


def test_a_role_that_needs_a_reconstruction_says_so_before_the_first_job(fresh):
    (fresh.folder / "own.root").touch()
    rows = ["sample\tparticle\trole\tpath", "mine\tproton\ttrain\town.root"]
    (fresh.folder / "own.tsv").write_text("\n".join(rows) + "\n")
    fresh.change("lartpc.input.samples", "own.tsv")
    text = failed(fresh.snakemake("--dry-run", "lartpc_tracks"))
    assert "lartpc.input.reco in the config: the reconstruction CSV, which the role train needs" in text, text
    assert fresh.snakemake("--dry-run", "lartpc_check").returncode == 0


def test_a_truncated_root_file_is_named_and_leaves_nothing_half_made(study):
    study.use_own_samples(["protons", "kaons"])
    broken = study.folder / "data" / "kaons.root"
    os.truncate(broken, broken.stat().st_size // 2)
    text = failed(study.snakemake("lartpc_tracks"))
    assert "data/kaons.root" in text
    assert "copy it again" in text or "truncated" in text, text
    left = list((study.results / "check" / "kaons").glob("*")) + list((study.results / "check" / "kaons").glob(".*"))
    assert not [path for path in left if path.stat().st_size == 0], left


def test_the_log_keeps_the_traceback_that_the_screen_does_not_show(study):
    study.use_own_samples(["protons", "kaons"])
    (study.folder / "data" / "kaons.root").write_bytes(b"not a ROOT file at all")
    failed(study.snakemake("lartpc_check"))
    logs = list((study.results / "logs" / "check_file" / "kaons").glob("*.log"))
    assert any("Traceback" in log.read_text() and "kaons.root" in log.read_text() for log in logs)


def test_an_event_in_two_files_is_an_error_that_names_both(study):
    study.use_own_samples(["protons", "kaons"])
    shutil.copy2(study.folder / "data" / "kaons.root", study.folder / "data" / "again.root")
    with (study.folder / "config" / "samples.tsv").open("a") as table:
        table.write("kaons\tkaon\theld_out\tdata/again.root\t\n")
    text = failed(study.snakemake("lartpc_check"))
    assert "data/again.root" in text and "data/kaons.root" in text, text


def test_a_side_file_with_a_conflict_names_the_line(study):
    study.use_own_samples(["protons", "kaons"])
    beamline = study.folder / "data" / "beamline.csv"
    lines = (study.results / "input" / "beamline.csv").read_text().splitlines()
    conflicting = ",".join([*lines[1].split(",")[:-1], "1.5"])
    beamline.write_text("\n".join([*lines, conflicting]) + "\n")
    study.change("lartpc.input.beamline", "data/beamline.csv")
    text = failed(study.snakemake("lartpc_tracks"))
    assert "data/beamline.csv" in text and "line" in text, text
    assert read_frame(study.results / "tracks" / "mips.parquet", key=TRACK_KEY).shape[0] >= 0

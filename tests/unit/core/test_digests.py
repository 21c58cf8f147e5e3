"""Digests of results: what is listed, and what a comparison finds."""

import json
import sys

import pytest

from rootline.core.digests import DIGESTS_FILE, Origin, compare_results, describe_origin, read_manifest, update_manifest
from rootline.core.errors import UserError
from rootline.core.files import ContentIds, sha256

ORIGIN = Origin(
    version="1", commit="a" * 40, clean=True, lock="envs/cpu.lock", lock_sha256="b" * 64, python="3.12.1", platform="L"
)
MADE = ("tracks/a.parquet", "images/default.safetensors", "runs.tsv", "models/r/history.parquet")
OTHERS = ("models/r/provenance.json", "tracks/a.provenance.json", "figures/a.png", "input/a.root", "logs/x.log",
          "packs/beta.0.json", "packs/beta.0.tsv", "timings/throughput.parquet")  # fmt: skip


def make_results(folder):
    """Write some results and what else lies among them, with a manifest."""
    for name in (*MADE, *OTHERS):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    keep(folder, *MADE, *OTHERS)
    return folder


@pytest.fixture
def results(tmp_path):
    return make_results(tmp_path / "study")


def keep(folder, *names, origin=ORIGIN):
    update_manifest(folder, [folder / name for name in names], origin, ContentIds(folder.parent / "ids.json"))


def test_tables_tensors_and_metrics_are_listed_and_nothing_with_a_date(results):
    manifest = read_manifest(results / DIGESTS_FILE)
    assert set(manifest.files) == set(MADE)
    assert manifest.files["runs.tsv"] == sha256(results / "runs.tsv")
    assert manifest.origin == ORIGIN


@pytest.mark.parametrize("folder", ["packs", "timings"])
def test_a_sweep_or_a_sample_may_be_called_as_what_is_left_out(results, folder):
    (results / "sweeps" / folder).mkdir(parents=True)
    (results / "sweeps" / folder / "runs.parquet").write_text("rows")
    keep(results, f"sweeps/{folder}/runs.parquet")
    assert f"sweeps/{folder}/runs.parquet" in read_manifest(results / DIGESTS_FILE).files


def test_a_manifest_that_has_what_depends_on_the_models_of_that_day_loses_it(results):
    manifest = json.loads((results / DIGESTS_FILE).read_text())
    manifest["files"]["packs/beta.0.json"] = "0" * 64
    (results / DIGESTS_FILE).write_text(json.dumps(manifest))
    keep(results, *MADE)
    assert set(read_manifest(results / DIGESTS_FILE).files) == set(MADE)


def test_a_later_run_adds_its_files_and_drops_those_that_are_gone(results):
    (results / "sweeps").mkdir()
    (results / "sweeps" / "best.json").write_text("{}")
    (results / "runs.tsv").unlink()
    keep(results, "sweeps/best.json", "never/made.json")
    assert set(read_manifest(results / DIGESTS_FILE).files) == {*MADE, "sweeps/best.json"} - {"runs.tsv"}


def test_files_outside_the_folder_are_left_out(results):
    outside = results.parent / "mine.csv"
    outside.write_text("x")
    update_manifest(results, [outside], ORIGIN, ContentIds(results.parent / "ids.json"))
    assert set(read_manifest(results / DIGESTS_FILE).files) == set(MADE)


def test_a_manifest_that_says_the_same_is_not_touched(results):
    before = (results / DIGESTS_FILE).stat().st_mtime_ns
    keep(results, *MADE)
    assert (results / DIGESTS_FILE).stat().st_mtime_ns == before


def test_a_spoilt_manifest_is_made_anew(results):
    (results / DIGESTS_FILE).write_text("{")
    keep(results, "runs.tsv")
    assert set(read_manifest(results / DIGESTS_FILE).files) == {"runs.tsv"}


def test_what_differs_is_missing_or_not_listed_is_named(results):
    (results / "tracks" / "a.parquet").write_text("another")
    (results / "runs.tsv").unlink()
    (results / "models" / "old").mkdir()
    (results / "models" / "old" / "history.parquet").write_text("left over")
    (results / "benchmarks").mkdir()
    (results / "benchmarks" / "a.tsv").write_text("seconds")
    compared = compare_results(results, read_manifest(results / DIGESTS_FILE))
    assert compared.same == ["images/default.safetensors", "models/r/history.parquet"]
    assert compared.different == ["tracks/a.parquet"]
    assert compared.missing == ["runs.tsv"]
    assert compared.unlisted == ["models/old/history.parquet"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"digests\.json: cannot be read \(No such file or directory\); a finished run writes it"),
        ("{", r"digests\.json: not JSON"),
        ("[]", r"digests\.json: holds no mapping"),
        ("[" * 100_000, r"digests\.json: not JSON \(lists or mappings lie too deep in each other\)"),
        (json.dumps({"files": {}}), r"digests\.json: origin"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, text, message):
    if text is not None:
        (tmp_path / DIGESTS_FILE).write_text(text)
    with pytest.raises(UserError, match=message):
        read_manifest(tmp_path / DIGESTS_FILE)


@pytest.mark.parametrize(
    "name", ["../mine.csv", "/etc/passwd", "tracks/../../mine.csv", "", ".", "./runs.tsv", "tracks//a.parquet", "a\nb"]
)
def test_a_manifest_of_somebody_else_names_no_file_outside_of_the_folder(results, name):
    manifest = json.loads((results / DIGESTS_FILE).read_text())
    manifest["files"][name] = "0" * 64
    (results / "theirs.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError) as error:
        read_manifest(results / "theirs.json")
    assert "theirs.json: files." in str(error.value) and name in str(error.value)
    assert "leaves the folder of results; a manifest names files by their paths below it" in str(error.value)


def test_a_digest_that_is_none_is_refused(results):
    manifest = json.loads((results / DIGESTS_FILE).read_text())
    manifest["files"]["runs.tsv"] = "0" * 63
    (results / DIGESTS_FILE).write_text(json.dumps(manifest))
    with pytest.raises(UserError, match=r"files\.runs\.tsv='0+': string should match pattern"):
        read_manifest(results / DIGESTS_FILE)


def test_the_lock_of_the_environment_belongs_to_the_origin(tmp_path, monkeypatch):
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "cpu.lock").write_text("numpy==1\n")
    environment = tmp_path / "environment"
    environment.mkdir()
    monkeypatch.setattr(sys, "prefix", str(environment))
    assert describe_origin(tmp_path).lock is None  # not one that `make env` made
    (environment / "rootline-lock").write_text("envs/cpu.lock\n")
    origin = describe_origin(tmp_path)
    assert origin.lock == "envs/cpu.lock" and origin.lock_sha256 == sha256(tmp_path / "envs" / "cpu.lock")
    assert origin.commit is None and origin.clean is None  # no repository there

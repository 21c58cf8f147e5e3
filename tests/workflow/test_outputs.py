"""What a finished run leaves: the files, columns and order of the contract, and its provenance."""

import json
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from tests.checkout import REPOSITORY, TINY

from rootline.core.digests import DIGESTS_FILE, read_manifest
from rootline.core.tables import CLUSTER_KEY, TRACK_KEY, read_table
from rootline.core.tensors import read_tensors
from rootline.lartpc.features import FEATURES

STAGES = ("input", "check", "clusters", "tracks", "images", "features", "models", "latents", "analysis", "figures")
BOX = ["wire_min", "wire_max", "tick_min", "tick_max"]


@pytest.fixture(scope="session")
def run(finished):
    return next(path.name for path in (finished.results / "models").iterdir())


def columns(path):
    return pq.read_schema(path).names


def test_cluster_tables_have_the_columns_of_the_contract(finished):
    for sample in ("protons", "kaons", "mips", "references"):
        assert columns(finished.results / "clusters" / f"{sample}.parquet") == [
            *CLUSTER_KEY, *BOX, "n_pixels", "charge_sum", "charge_max", "vertex_tick", "cut",
        ]  # fmt: skip


def test_track_tables_have_the_columns_of_the_contract(finished):
    found = columns(finished.results / "tracks" / "protons.parquet")
    expected = [*TRACK_KEY, "particle", "cluster_collection", "cluster_induction", "match_score"]
    for plane in ("collection", "induction"):
        expected += [f"{plane}_{name}" for name in (*BOX, "pixels", "profile")]
    expected += ["p", "m", "beamline_mass", "residual_range", "dedx", "chi2_kaon", "chi2_proton", "hypothesis"]
    assert found == expected


def test_latents_features_and_splits_have_the_columns_of_the_contract(finished, run):
    latent_dim = TINY["lartpc"]["model"]["latent_dim"]
    assert columns(finished.results / "latents" / f"{run}.parquet") == [
        *TRACK_KEY, "part", "particle", *[f"mu_{i}" for i in range(latent_dim)],
        *[f"logvar_{i}" for i in range(latent_dim)], "reconstruction_error", "reconstruction_error_weighted",
    ]  # fmt: skip
    features = columns(finished.results / "features" / "default.parquet")
    assert len(FEATURES) == 25 and set(FEATURES) < set(features) and {"chi2_kaon", "chi2_proton"} < set(features)
    assert columns(finished.results / "splits" / "default.parquet") == [*TRACK_KEY, "part"]


def test_rows_lie_in_the_order_of_their_key(finished, run):
    for path, key in [
        (finished.results / "clusters" / "kaons.parquet", CLUSTER_KEY),
        (finished.results / "tracks" / "kaons.parquet", TRACK_KEY),
        (finished.results / "latents" / f"{run}.parquet", TRACK_KEY),
    ]:
        table = pq.read_table(path)
        assert table.num_rows > 3
        assert read_table(path, key=key).equals(table)


def test_images_are_raw_adc_in_the_order_of_their_keys(finished):
    images = read_tensors(finished.results / "images" / "default.safetensors")["images"]
    keys = pq.read_table(finished.results / "images" / "default.parquet")
    assert images.dtype == np.float32 and images.shape == (keys.num_rows, 2, 16, 16)
    assert images.max() > 50  # raw ADC, no transform


def test_provenance_lies_beside_the_model_and_in_every_figure(finished, run):
    provenance = json.loads((finished.results / "models" / run / "provenance.json").read_text())
    assert {"version", "git", "config", "inputs", "seed", "device", "libraries"} <= set(provenance)
    assert provenance["config"]["run"] == run
    assert all(len(entry["sha256"]) == 64 for entry in provenance["inputs"].values())
    figures = sorted((finished.results / "figures" / run).glob("*.png"))
    assert len(figures) >= 5
    for figure in figures:
        with Image.open(figure) as image:
            assert run in json.dumps(image.text), figure
        assert figure.with_suffix(".pdf").is_file()
    for figure in (finished.results / "figures").glob("*.png"):
        with Image.open(figure) as image:
            assert "sha256" in json.dumps(image.text), figure


def test_every_file_that_a_second_tool_reads_is_free_of_code(finished):
    # pages of HTML are for people
    suffixes = {path.suffix for path in finished.results.rglob("*") if path.is_file()} - {".html"}
    assert suffixes <= {
        ".parquet", ".safetensors", ".json", ".yaml", ".tsv", ".csv", ".root", ".png", ".pdf", ".log",
    }  # fmt: skip


def test_the_workflow_runs_from_any_folder_with_blanks_in_its_name_and_makes_the_same(finished, fresh, tmp_path):
    elsewhere = tmp_path / "my analysis"
    elsewhere.mkdir()
    (elsewhere / "my.yaml").write_text(fresh.config_file.read_text().replace("results: results", "results: out here"))
    snakefile = str(fresh.folder / "Snakefile")
    outcome = fresh.snakemake("lartpc_tracks", "-s", snakefile, "--configfile", "my.yaml", cwd=elsewhere)
    assert outcome.returncode == 0, outcome.text
    undisturbed = read_manifest(finished.results / DIGESTS_FILE).files
    made = read_manifest(elsewhere / "out here" / "lartpc" / DIGESTS_FILE).files
    # A file's short name is of its path, and its check tells the path; all else is the same.
    same = {name: digest for name, digest in made.items() if name in undisturbed and not name.startswith("check/")}
    assert {name.partition("/")[0] for name in same} == {"input", "clusters", "tracks"} and len(same) >= 30
    assert same == {name: undisturbed[name] for name in same}


def test_the_digests_name_every_table_tensor_and_metric(finished):
    command = [sys.executable, "-m", "rootline.verify", "results/lartpc"]
    environment = {**os.environ, "PYTHONPATH": "src"}
    done = subprocess.run(command, cwd=finished.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything is the same." in done.stdout
    assert "not listed" not in done.stdout


def test_shuffled_rows_in_every_file_give_the_same_numbers(study, run):
    numbers = {path: path.read_bytes() for path in (study.results / "analysis" / run).iterdir()}
    rng = np.random.default_rng(1)
    for folder in ("clusters", "tracks", "features", "images", "splits", "latents"):
        for path in (study.results / folder).rglob("*.parquet"):
            table = pq.read_table(path)
            pq.write_table(table.take(pa.array(rng.permutation(table.num_rows))), path)
    for path in (study.results / "analysis" / run).iterdir():
        path.unlink()
    outcome = study.snakemake("--rerun-triggers", "params", "--", "lartpc_analysis")
    assert outcome.returncode == 0, outcome.text
    assert "correlate_latents" in outcome.ran
    for path, before in numbers.items():
        assert path.read_bytes() == before, path


def test_every_target_is_there_and_lists_what_it_builds(fresh):
    listed = fresh.snakemake("--list-target-rules", profile="").text
    for stage in STAGES:
        assert f"lartpc_{stage}" in listed
    outcome = fresh.snakemake("--dry-run", "lartpc_tracks")
    assert "build_tracks" in outcome.ran and "render_images" not in outcome.ran


def test_snakemake_finds_nothing_to_lint():
    found = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr

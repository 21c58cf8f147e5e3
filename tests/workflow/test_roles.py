"""Roles of samples: training on all species, and reference tracks chosen by hand."""

import pyarrow.parquet as pq
import pytest
from tests.checkout import TINY

from rootline.core.files import read_json, sha256

BOTH = {"species": ["proton", "kaon"], **TINY["lartpc"]["train"]}


def train_on_both(checkout, **split):
    checkout.change("lartpc.simulation.kaons.role", "train")
    checkout.change("lartpc.train", BOTH)
    checkout.change("lartpc.split", TINY["lartpc"]["split"] | split)


def frame(path):
    return pq.read_table(path).to_pandas()


@pytest.mark.parametrize("balanced", [False, True])
def test_all_species_can_be_trained_on_and_only_a_balanced_split_knows_the_samples(fresh, balanced):
    train_on_both(fresh, balanced=balanced)
    outcome = fresh.snakemake("--dry-run", "--printshellcmds")
    assert outcome.returncode == 0, outcome.text
    split = next(line for line in outcome.text.splitlines() if "split_tracks.py" in line)
    assert ("--sample protons --sample kaons" in split) == balanced
    trained = next(line for line in outcome.text.splitlines() if "train_model.py" in line)
    assert "--sample protons --sample kaons" in trained


def test_a_model_of_all_species_is_probed_on_what_it_has_not_seen_of_each(study):
    train_on_both(study, balanced=True)
    runs = {path.name for path in (study.results / "models").iterdir()}
    assert study.snakemake("lartpc_latents").returncode == 0
    (run,) = {path.name for path in (study.results / "models").iterdir()} - runs
    latents = frame(study.results / f"latents/{run}.parquet")
    counts = latents[latents["part"] == "train"].groupby("sample").size()
    assert abs(counts["protons"] - counts["kaons"]) <= 1 and counts["protons"] > 3
    tables = [f"results/lartpc/analysis/{run}/{name}.parquet" for name in ("probes", "reconstruction")]
    outcome = study.snakemake(*tables)
    assert outcome.returncode == 0, outcome.text
    probes = frame(study.folder / tables[0])
    of_all = probes[probes["selection"] == "all"].iloc[0]
    unseen = (
        latents[(latents["part"] != "train") & latents["sample"].isin(["protons", "kaons"])].groupby("particle").size()
    )
    assert (of_all["n_negative"], of_all["n_positive"]) == (unseen["proton"], unseen["kaon"])
    errors = frame(study.folder / tables[1]).query("quantity == 'mahalanobis'")
    assert set(zip(errors["particle"], errors["trained_on"], strict=True)) == {
        ("kaon", True), ("kaon", False), ("muon", False), ("proton", True), ("proton", False),
    }  # fmt: skip


def test_unchosen_candidates_are_in_no_table_that_analyses_read(finished):
    run = next(path.name for path in (finished.results / "models").iterdir())
    candidates = frame(finished.results / "tracks/references.parquet")
    chosen = frame(finished.results / "reference/references.parquet")
    assert set(candidates["particle"]) == {"kaon_reference candidate"}
    assert not chosen.duplicated(["run", "subrun", "event"]).any() and 0 < len(chosen) < len(candidates)
    for table, name in (("features", "default"), ("latents", run)):
        kept = frame(finished.results / table / f"{name}.parquet")
        rest = frame(finished.results / table / f"{name}.candidates.parquet")
        kept = kept[kept["sample"] == "references"]
        assert set(kept["particle"]) == {"kaon_reference"} and set(rest["particle"]) == {"kaon_reference candidate"}
        assert kept[["event", "track"]].to_numpy().tolist() == chosen[["event", "track"]].to_numpy().tolist()
        assert len(kept) + len(rest) == len(candidates)
    inputs = read_json(finished.results / "latents" / f"{run}.provenance.json")["inputs"]
    assert inputs["reference/references"]["sha256"] == sha256(finished.results / "reference/references.parquet")


def test_a_choice_by_hand_trains_nothing_anew_and_a_wrong_one_is_named_with_its_line(study):
    candidates = frame(study.results / "tracks/references.parquet")
    row = candidates[["run", "subrun", "event", "track"]].iloc[0]
    mine = study.folder / "mine.csv"
    mine.write_text("run,subrun,event,track\n" + ",".join(map(str, row)) + "\n")
    study.change("lartpc.reference.choice", "mine.csv")
    outcome = study.snakemake("lartpc_latents", "lartpc_features")
    assert outcome.returncode == 0, outcome.text
    assert outcome.ran == {"choose_reference", "compute_features", "encode_tracks"}
    kept = frame(study.results / "features/default.parquet").query("sample == 'references'")
    assert kept[["run", "subrun", "event", "track"]].to_numpy().tolist() == [row.tolist()]
    mine.write_text(f"run,subrun,event,track\n{row['run']},{row['subrun']},{row['event']},999\n")
    outcome = study.snakemake("lartpc_features")
    assert outcome.returncode == 1 and "mine.csv, line 2" in outcome.text and "has no track 999" in outcome.text


def test_proposed_windows_can_be_given_as_a_second_config(fresh):
    second = fresh.folder / "windows.yaml"
    second.write_text("lartpc:\n  cuts:\n    train:\n      collection:\n        wire_min: 14\n")
    outcome = fresh.snakemake(
        "--configfile", "config/config.yaml", "windows.yaml", "--dry-run", "--printshellcmds", "--", "lartpc_clusters"
    )
    assert outcome.returncode == 0, outcome.text
    found = [line for line in outcome.text.splitlines() if "find_clusters.py" in line and "--sample protons" in line]
    assert '"wire_min":14,"wire_max":37' in found[0]

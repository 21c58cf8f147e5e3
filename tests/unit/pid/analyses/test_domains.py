"""Networks of known behaviour in shifted domains, and verdicts counted by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.unit.pid.table_fakes import fake_tracks, with_parts

from rootline.core.errors import UserError
from rootline.core.tables import write_table
from rootline.pid.analyses.domains import (
    DOMAINS_KEY,
    MEAN,
    SUMMARY_KEY,
    judge,
    pick_tracks,
    scan_domains,
    summarise_seeds,
    tell_apart,
)
from rootline.pid.analyses.settings.domains import DomainsConfig
from rootline.pid.columns import INPUTS
from rootline.pid.inputs import TARGET_NAMES
from rootline.pid.scan import ScanPoint

OPTIONS = DomainsConfig(tracks=150, trees=10)
TPC = INPUTS.index("fTPCSignal")
CENTRES = {"pion": 50, "kaon": 70, "proton": 90}  # of the TPC signal of the fake tracks, 20 apart
FIRST = with_parts(fake_tracks(600))
SECONDS = {
    name: with_parts(fake_tracks(500, sample=name, seed=2, shift=shift))
    for name, shift in (("shift_0", 0.0), ("shift_1", 8.0))
}


class Knows:
    """A network that scores by the distance of the TPC signal, corrected by a constant, to that of the species."""

    def __init__(self, correction=0.0):
        self.correction = correction
        self.module, self.run = SimpleNamespace(mapper=True), SimpleNamespace(kind="mapper")

    def score(self, inputs):
        signal = inputs[:, TPC] - self.correction
        return np.stack([np.exp(-(np.abs(signal - CENTRES[name[:-1]]) / 10)) for name in TARGET_NAMES], axis=1)

    def mapped(self, inputs):
        return np.where(self.correction, 0, inputs[:, [TPC]]) + np.zeros((1, 2), np.float32)


def points(seeds=2):
    return [
        ScanPoint(run, variant, shift, seed, sample)
        for seed in range(seeds)
        for shift, sample in ((0.0, "shift_0"), (1.0, "shift_1"))
        for variant, run in (("source", f"source {seed}"), ("adversary", f"{sample} {seed}"))
    ]


def read(run):
    """Give a network that corrects for the shift of the domain it was trained against, of seed 1 by a little too much."""
    shift = 8.0 if run.startswith("shift_1") else 0.0
    return Knows(shift + 0.5 * run.endswith("1") * (shift > 0))


@pytest.fixture(scope="module")
def found():
    return scan_domains(points(), read, FIRST, SECONDS, OPTIONS)


def test_f1_is_high_where_the_network_knows_the_signal_and_nothing_where_it_is_shifted(found):
    f1 = found.domains.set_index(list(DOMAINS_KEY))
    # not 1: the cut is the highest that has the best F1 on the few tracks of the val part
    assert f1.loc[("source", 0.0, 0, MEAN), "source_f1"] > 0.9 and f1.loc[("source", 0.0, 0, MEAN), "target_f1"] > 0.9
    assert (
        f1.loc[("source", 1.0, 0, MEAN), "target_f1"] < 0.2 and f1.loc[("adversary", 1.0, 0, MEAN), "target_f1"] > 0.9
    )
    assert f1.loc[("source", 1.0, 0, "kaon"), "source_f1"] == f1.loc[("source", 0.0, 0, "kaon"), "source_f1"]
    assert f1.loc[("source", 1.0, 0, MEAN), "run"] == "source 0"


def test_the_mean_is_that_of_the_three_species_and_every_f1_has_its_n(found):
    rows = found.domains[(found.domains["variant"] == "source") & (found.domains["shift"] == 1.0)]
    of_seed = rows[rows["seed"] == 0].set_index("species")
    three = of_seed.loc[["pion", "kaon", "proton"]]
    assert of_seed.loc[MEAN, "target_f1"] == pytest.approx(three["target_f1"].mean())
    test = SECONDS["shift_1"].query("part == 'test'")
    assert three["n_target"].to_dict() == {name: (test["species"] == name).sum() for name in CENTRES}
    assert of_seed.loc[MEAN, "n_target"] == three["n_target"].sum()


def test_the_species_of_the_second_domain_choose_nothing(found):
    hidden = {name: table.assign(species="pion") for name, table in SECONDS.items()}
    again = scan_domains(points(), read, FIRST, hidden, OPTIONS).domains
    for column in ("threshold", "source_f1", "domain_auc"):
        pd.testing.assert_series_equal(again[column], found.domains[column])
    assert not again["target_f1"].equals(found.domains["target_f1"])


def test_domains_are_told_apart_by_a_shifted_signal_and_not_by_a_constant(found):
    auc = found.domains[found.domains["species"] == MEAN].set_index(["variant", "shift", "seed"])["domain_auc"]
    assert auc["source", 1.0, 0] > 0.9
    assert auc["source", 0.0, 0] == pytest.approx(0.5, abs=0.12)
    assert auc["adversary", 1.0, 0] == pytest.approx(0.5)  # all tracks are mapped to one vector
    assert set(found.domains["n_domain"].dropna()) == {2 * (SECONDS["shift_1"]["part"] == "test").sum()} | {
        2 * (SECONDS["shift_0"]["part"] == "test").sum()
    }


def numbers(source, adversary):
    rows = [
        {"variant": variant, "shift": 1.0, "seed": seed, "species": MEAN, "target_f1": value}
        | {"source_f1": 0.9, "domain_auc": 0.6}
        for variant, values in (("source", source), ("adversary", adversary))
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("source", "adversary", "mean", "spread", "verdict"),
    [
        ((0.5, 0.6, 0.7), (0.61, 0.7, 0.79), 0.1, 0.01, "gain"),  # the seeds differ, their differences hardly
        ((0.61, 0.7, 0.79), (0.5, 0.6, 0.7), -0.1, 0.01, "loss"),
        ((0.5, 0.6, 0.7), (0.6, 0.5, 0.75), 1 / 60, np.std([0.1, -0.1, 0.05], ddof=1), "none"),
        ((0.5,), (0.9,), 0.4, np.nan, "unknown"),
    ],
)
def test_the_difference_is_paired_by_seed_and_judged_by_its_spread(source, adversary, mean, spread, verdict):
    found = summarise_seeds(numbers(source, adversary)).set_index(["variant", "measure"])
    row = found.loc[("difference", "target_f1")]
    assert (row["mean"], row["spread"]) == pytest.approx((mean, spread), nan_ok=True)
    assert (row["verdict"], row["n_seeds"]) == (verdict, len(source))
    assert found.loc[("source", "target_f1"), "mean"] == pytest.approx(np.mean(source))
    assert pd.isna(found.loc[("difference", "domain_auc"), "verdict"])


def test_a_seed_that_one_variant_lacks_is_in_no_difference():
    found = summarise_seeds(numbers((0.5, 0.6, 0.9), (0.6, 0.7))).set_index(["variant", "measure"])
    row = found.loc[("difference", "target_f1")]
    assert (row["mean"], row["n_seeds"]) == (pytest.approx(0.1), 2)
    assert found.loc[("source", "target_f1"), "n_seeds"] == 3


def test_a_difference_as_large_as_the_spread_is_none():
    assert [judge(0.1, 0.1), judge(-0.1, 0.1), judge(0.1, 0.0), judge(0.0, 0.0)] == ["none", "none", "gain", "none"]


def test_tables_are_written_by_their_keys(found, tmp_path):
    write_table(tmp_path / "domains.parquet", found.domains, key=DOMAINS_KEY)
    write_table(tmp_path / "summary.parquet", found.summary, key=SUMMARY_KEY)


def test_an_auc_is_the_same_again_and_unknown_for_a_handful_of_tracks():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, (80, 3)).astype("f4"), rng.normal(1, 1, (60, 3)).astype("f4")
    area, n = tell_apart(first, second, OPTIONS)
    assert (area, n) == tell_apart(first, second, OPTIONS)
    assert 0.7 < area < 1 and n == 120
    assert np.isnan(tell_apart(first[:2], second, OPTIONS)[0])


def test_which_tracks_are_drawn_depends_on_seed_and_sample_alone():
    drawn = pick_tracks(FIRST, 50, 1)
    assert len(drawn) == 50 and drawn.index.is_monotonic_increasing and drawn.index.is_unique
    assert pick_tracks(FIRST, 50, 1).equals(drawn) and not pick_tracks(FIRST, 50, 2).index.equals(drawn.index)
    assert pick_tracks(FIRST, 10**6, 1) is FIRST


def test_no_points_and_a_network_without_mapper_are_refused():
    with pytest.raises(UserError, match="the scan has no points"):
        scan_domains([], read, FIRST, SECONDS, OPTIONS)
    network = Knows()
    network.module = SimpleNamespace()
    with pytest.raises(UserError, match="of kind mapper maps tracks to nothing"):
        scan_domains(points()[:1], lambda _: network, FIRST, SECONDS, OPTIONS)

"""Parts by hash of the event."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from rootline.core.errors import UserError
from rootline.core.splits import PARTS, SplitConfig, assign_parts, check_parts


def keys(n=3000, *, sample="protons", first_event=0):
    events = np.arange(first_event, first_event + n)
    return pd.DataFrame({"sample": sample, "run": 1 + events // 500, "subrun": events // 50, "event": events})


def test_shares_are_those_of_the_config_within_their_scatter():
    parts = assign_parts(keys(20_000), SplitConfig())
    shares = parts.value_counts(normalize=True)
    # Five standard deviations of sqrt(p (1 - p) / n).
    assert shares["train"] == pytest.approx(0.8, abs=5 * np.sqrt(0.8 * 0.2 / 20_000))
    assert shares["val"] == pytest.approx(0.1, abs=5 * np.sqrt(0.1 * 0.9 / 20_000))
    assert shares["test"] == pytest.approx(0.1, abs=5 * np.sqrt(0.1 * 0.9 / 20_000))
    assert set(parts) == set(PARTS)


def test_no_event_changes_its_part_when_others_are_added_or_reordered():
    few = keys(300)
    many = pd.concat([keys(2000, sample="kaons", first_event=10_000), few]).sample(frac=1, random_state=1)
    parts = assign_parts(many, SplitConfig())
    pd.testing.assert_series_equal(parts[many["sample"] == "protons"].sort_index(), assign_parts(few, SplitConfig()))


def test_all_tracks_of_an_event_share_its_part():
    tracks = pd.concat([keys(200).assign(track=track) for track in (0, 1, 2)], ignore_index=True)
    tracks["part"] = assign_parts(tracks, SplitConfig())
    assert len(tracks.drop_duplicates(["event", "part"])) == 200


def test_an_event_in_two_samples_has_one_part():
    one, other = keys(500, sample="kaons"), keys(500, sample="reference")
    assert list(assign_parts(one, SplitConfig())) == list(assign_parts(other, SplitConfig()))


def test_a_smaller_train_share_lies_within_a_larger_and_val_stays():
    small = assign_parts(keys(), SplitConfig(train=0.5, val=0.1))
    large = assign_parts(keys(), SplitConfig(train=0.9, val=0.1))
    assert ((small == "train") <= (large == "train")).all()
    assert ((small == "val") == (large == "val")).all()
    assert (large == "test").sum() == 0


def test_another_seed_gives_another_split():
    different = assign_parts(keys(), SplitConfig(seed=0)) != assign_parts(keys(), SplitConfig(seed=1))
    assert different.mean() == pytest.approx(1 - 0.8**2 - 2 * 0.1**2, abs=0.05)


def test_parts_do_not_change_from_release_to_release():
    # Made by this code once: whoever has models needs the same parts tomorrow.
    parts = assign_parts(keys(24), SplitConfig())
    assert {part: [row for row, other in parts.items() if other == part] for part in ("val", "test")} == STORED


STORED = {"val": [9, 14, 17, 19], "test": [20]}


def test_shares_above_one_are_an_error():
    with pytest.raises(ValidationError, match=r"split\.train=0\.8 and split\.val=0\.3 add up to more than 1"):
        SplitConfig(train=0.8, val=0.3)


def pool(n_protons=4000, n_kaons=1500):
    table = pd.concat([keys(n_protons), keys(n_kaons, sample="kaons", first_event=100_000)], ignore_index=True)
    return table, table["sample"].map({"protons": "proton", "kaons": "kaon"})


def in_train(table, species, **fractions):
    parts = assign_parts(table, SplitConfig(balanced=True, **fractions), species)
    return parts, (parts == "train")


def test_a_balanced_train_part_holds_as_many_of_every_species_as_of_the_rarest():
    table, species = pool()
    parts, train = in_train(table, species)
    plain = assign_parts(table, SplitConfig())
    n_kaons = int((plain[species == "kaon"] == "train").sum())
    assert train.groupby(species).sum().to_dict() == {"proton": n_kaons, "kaon": n_kaons}
    assert (parts[species == "kaon"] == plain[species == "kaon"]).all()
    assert ((parts == "val") == (plain == "val")).all()
    assert (parts[train != (plain == "train")] == "test").all()


def test_balanced_train_parts_are_nested_over_the_train_share():
    table, species = pool()
    shares = [0.5, 0.6, 0.7, 0.8, 0.9]
    trains = [in_train(table, species, train=share)[1] for share in shares]
    for small, large in pairwise(trains):
        assert (small <= large).all() and small.sum() < large.sum()


def test_more_of_the_rarest_only_move_surplus_of_the_others_into_train():
    table, species = pool()
    few = in_train(table[:-500], species[:-500])[0]
    many = in_train(table, species)[0][:-500]
    changed = few != many
    assert changed.any()
    assert set(zip(few[changed], many[changed], species[:-500][changed], strict=True)) == {("test", "train", "proton")}


def test_events_are_not_torn_apart_by_the_balance_and_counts_agree_to_one_event():
    table, species = pool()
    table = pd.concat([table, table[::3]], ignore_index=True)
    species = pd.concat([species, species[::3]], ignore_index=True)
    parts, train = in_train(table, species)
    assert len(table.assign(part=parts).drop_duplicates(["event", "part"])) == 5500
    counts = train.groupby(species).sum()
    assert 0 <= counts["kaon"] - counts["proton"] <= 1


def test_tracks_that_nothing_is_trained_on_do_not_count_and_keep_their_parts():
    table, species = pool()
    muons = keys(30, sample="mips", first_event=900_000)
    both = pd.concat([table, muons], ignore_index=True)
    parts = assign_parts(
        both, SplitConfig(balanced=True), pd.concat([species, pd.Series([None] * 30)], ignore_index=True)
    )
    pd.testing.assert_series_equal(parts[: len(table)], in_train(table, species)[0])
    assert list(parts[len(table) :]) == list(assign_parts(muons, SplitConfig()))


def test_the_balance_of_one_species_or_of_none_changes_nothing():
    table, species = pool(500, 0)
    pd.testing.assert_series_equal(in_train(table, species)[0], assign_parts(table, SplitConfig()))
    nothing = pd.Series([None] * len(table))
    pd.testing.assert_series_equal(in_train(table, nothing)[0], assign_parts(table, SplitConfig()))


def split(n=400, **fractions):
    """Two tracks of each event with their parts."""
    config = SplitConfig(**fractions)
    tracks = pd.concat([keys(n).assign(track=track) for track in (0, 1)], ignore_index=True)
    return tracks.assign(part=assign_parts(tracks, config)), config


def test_the_parts_of_the_hash_pass():
    for fractions in ({}, {"seed": 3, "train": 0.5, "val": 0.2}, {"train": 0.8, "val": 0.2}):
        check_parts(*split(**fractions))


@pytest.mark.parametrize("into", ["train", "val"])
def test_a_held_out_event_among_those_that_are_learnt_from_is_named(into):
    tracks, config = split()
    event = tracks.loc[tracks["part"] == "test", "event"].iloc[0]
    tracks.loc[tracks["event"] == event, "part"] = into
    message = (
        rf"puts 2 of 800 tracks into another part .* run 1 subrun \d+ event {event} is in {into}, but belongs to test"
    )
    with pytest.raises(UserError, match=rf"{message} by split.seed=0, split.train=0.8, .*delete it and give the same"):
        check_parts(tracks, config)


def test_tracks_of_one_event_in_two_parts_are_named():
    tracks, config = split()
    row = tracks.index[tracks["part"] == "test"][0]
    tracks.loc[row, "part"] = "train"
    with pytest.raises(UserError, match=rf"tears run 1 subrun \d+ event {row} apart: its tracks are in train and test"):
        check_parts(tracks, config)


def test_the_split_of_another_seed_is_refused():
    with pytest.raises(UserError, match="by split.seed=1, "):
        check_parts(split(seed=0)[0], SplitConfig(seed=1))


def test_a_balanced_split_may_leave_out_events_and_nothing_else():
    tracks, config = split(balanced=True)
    species = pd.Series(np.where(tracks["event"] < 100, "rare", "common"))
    balanced = tracks.assign(part=assign_parts(tracks, config, species))
    assert (balanced["part"] != tracks["part"]).any()
    check_parts(balanced, config)
    event = tracks.loc[tracks["part"] == "train", "event"].iloc[0]
    with pytest.raises(UserError, match="is in val, but belongs to train"):
        check_parts(balanced.assign(part=balanced["part"].mask(balanced["event"] == event, "val")), config)
    with pytest.raises(UserError, match="into another part"):
        check_parts(balanced, config.model_copy(update={"balanced": False}))

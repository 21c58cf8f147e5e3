"""Parts by hash of the event."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from rootline.core.splits import PARTS, SplitConfig, assign_parts


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

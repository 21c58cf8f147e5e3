"""Numeric kernels that tests/unit has no slow reference for: the balance of a split, pedestals, doubled keys."""

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from rootline.core.seeds import seed_for
from rootline.core.splits import PHYSICAL_EVENT, SplitConfig, assign_parts
from rootline.lartpc.check import _doubled, _median
from rootline.lartpc.csvfiles import equal_keys

TRACKS = st.lists(st.tuples(st.integers(0, 15), st.sampled_from(["proton", "kaon", "muon", None])), max_size=50)


def plain_balance(tracks, fractions):
    """Give each track its part, as the docstring of assign_parts says it, species after species."""
    events = sorted({event for event, _ in tracks})
    place = {event: seed_for(fractions.seed, "split", 1, 0, event) / 2.0**63 for event in events}
    part = {
        event: "val" if x < fractions.val else "train" if x >= 1 - fractions.train - 1e-9 else "test"
        for event, x in place.items()
    }
    all_tracks = Counter((event, name) for event, name in tracks if name is not None)
    totals = {name: 0 for _, name in tracks if name is not None}
    for (event, name), n in all_tracks.items():
        totals[name] += n if part[event] == "train" else 0
    rarest = min(totals.values(), default=0)
    surplus = set()
    for name in totals:
        n_kept = 0
        for event in sorted(events, key=lambda event: -place[event]):
            n = all_tracks[event, name]
            if part[event] == "train" and n:
                n_kept += n
                if n_kept > rarest:
                    surplus.add(event)
    return ["test" if event in surplus else part[event] for event, _ in tracks]


@given(tracks=TRACKS, train=st.floats(0.3, 0.95), seed=st.integers(0, 1000))
def test_the_balanced_split_is_that_of_a_plain_loop(tracks, train, seed):
    fractions = SplitConfig(train=train, val=(1 - train) / 2, seed=seed, balanced=True)
    keys = pd.DataFrame([(1, 0, event) for event, _ in tracks], columns=list(PHYSICAL_EVENT))
    species = pd.Series([name for _, name in tracks], dtype=object)
    assert assign_parts(keys, fractions, species).tolist() == plain_balance(tracks, fractions)


@given(values=st.lists(st.one_of(st.integers(-3, 3), st.integers(-32768, 32767)), max_size=30))
def test_the_pedestal_is_the_lower_median_of_the_sorted_values(values):
    counts = np.bincount(np.array(values, np.int64) + 32768, minlength=65536)
    assert _median(counts) == (sorted(values)[(len(values) - 1) // 2] if values else None)


@given(keys=st.lists(st.tuples(*[st.sampled_from([-1, 0, 1, 2**62])] * 3), max_size=20))
def test_doubled_keys_are_those_that_a_dictionary_finds(keys):
    first: dict[tuple[int, ...], int] = {}
    expected = {(first.setdefault(key, row), row) for row, key in enumerate(keys)}
    expected = {(one, later) for one, later in expected if one != later}
    columns = np.array(keys, np.int64).reshape(-1, 3)
    assert set(equal_keys(list(columns.T))) == expected
    found = _doubled(columns)
    assert {later for _, later in found} == {later for _, later in expected}
    assert all(keys[one] == keys[later] and one < later for one, later in found)

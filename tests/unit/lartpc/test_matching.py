import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.core.config import ConfigError, parse_config
from rootline.core.errors import UserError
from rootline.core.tables import EVENT_KEY
from rootline.lartpc import matching
from rootline.lartpc.matching import MatchingConfig, match_clusters

KEY = ["sample", "run", "subrun", "event"]
COLUMNS = [*KEY, "plane", "cluster", "wire_min", "wire_max", "tick_min", "tick_max"]


def reference_match(clusters, weights=(1, 1, 1, 1, 1)):
    """Nested loops: score every pair, take the best, strike both clusters out, repeat."""
    rows = []
    for key, event in clusters.groupby(KEY):
        pairs = []
        for one in event[event.plane == "induction"].itertuples():
            for other in event[event.plane == "collection"].itertuples():
                differences = (
                    one.wire_min - other.wire_min,
                    one.wire_max - other.wire_max,
                    one.tick_min - other.tick_min,
                    one.tick_max - other.tick_max,
                    (one.wire_max - one.wire_min) - (other.wire_max - other.wire_min),
                )
                score = float(sum(weight * d * d for weight, d in zip(weights, differences, strict=True)))
                pairs.append((score, one.cluster, other.cluster))
        used_induction, used_collection, track = set(), set(), 0
        for score, one, other in sorted(pairs):
            if one in used_induction or other in used_collection:
                continue
            used_induction.add(one)
            used_collection.add(other)
            rows.append((*key, track, other, one, score))
            track += 1
    return pd.DataFrame(rows, columns=[*KEY, "track", "cluster_collection", "cluster_induction", "match_score"])


def random_clusters(rng, n_events, *, most=9, size=30):
    rows = []
    for event in range(n_events):
        for plane in ("collection", "induction"):
            for cluster in rng.permutation(40)[: rng.integers(0, most)]:
                wire, tick = rng.integers(0, size, 2)
                height, width = rng.integers(1, size, 2)
                box = (wire, wire + height, tick, tick + width)
                rows.append(("s", event % 3, event % 2, event, plane, cluster, *box))
    return pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=1)


def assert_same(found, expected):
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


box = st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 4), st.integers(1, 4))
event = st.tuples(st.lists(box, max_size=6), st.lists(box, max_size=6))


@given(st.lists(event, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_pairs_of_random_boxes_are_those_of_nested_loops_ties_included(events):
    rows = [
        ("s", 1, 0, number, plane, cluster, wire, wire + height, tick, tick + width)
        for number, planes in enumerate(events)
        for plane, boxes in zip(("collection", "induction"), planes, strict=True)
        for cluster, (wire, height, tick, width) in enumerate(boxes)
    ]
    clusters = pd.DataFrame(rows, columns=COLUMNS).astype({"sample": object, "plane": object})
    assert_same(match_clusters(clusters), reference_match(clusters))


def test_pairs_of_many_events_are_those_of_nested_loops():
    clusters = random_clusters(np.random.default_rng(3), 120, size=300)
    assert_same(match_clusters(clusters), reference_match(clusters))


def test_pairs_do_not_depend_on_how_many_are_scored_at_a_time(monkeypatch):
    clusters = random_clusters(np.random.default_rng(4), 60)
    at_once = match_clusters(clusters)
    monkeypatch.setattr(matching, "PAIRS_AT_A_TIME", 20)
    assert_same(match_clusters(clusters), at_once)


def test_pairs_do_not_depend_on_the_order_of_rows():
    clusters = random_clusters(np.random.default_rng(5), 30)
    assert_same(match_clusters(clusters.iloc[::-1]), match_clusters(clusters))


def test_weights_change_the_score():
    clusters = random_clusters(np.random.default_rng(6), 40)
    options = MatchingConfig(
        weight_wire_min=2, weight_wire_max=0.5, weight_tick_min=0, weight_tick_max=3, weight_height=7
    )
    assert_same(match_clusters(clusters, options), reference_match(clusters, (2, 0.5, 0, 3, 7)))


def test_tracks_count_from_the_best_match_and_use_each_cluster_once():
    matched = match_clusters(random_clusters(np.random.default_rng(7), 50))
    for _, group in matched.groupby(list(EVENT_KEY)):
        assert group.track.tolist() == list(range(len(group)))
        assert group.match_score.is_monotonic_increasing
        assert group.cluster_collection.is_unique
        assert group.cluster_induction.is_unique
    assert matched.track.dtype == matched.cluster_collection.dtype == matched.cluster_induction.dtype == np.int32


@pytest.mark.parametrize("planes", [[], ["collection"], ["induction", "induction"]])
def test_an_event_with_one_plane_has_no_pairs(planes):
    rows = [("s", 1, 1, 1, plane, n, 0, 5, 0, 5) for n, plane in enumerate(planes)]
    matched = match_clusters(pd.DataFrame(rows, columns=COLUMNS))
    assert len(matched) == 0
    assert list(matched.columns) == [*KEY, "track", "cluster_collection", "cluster_induction", "match_score"]


def test_doubled_clusters_and_unknown_planes_are_named():
    clusters = random_clusters(np.random.default_rng(8), 5)
    with pytest.raises(UserError, match="1 duplicate keys, the first is sample=s run="):
        match_clusters(pd.concat([clusters, clusters.head(1)]))
    with pytest.raises(UserError, match=r"must be collection or induction, found \['u'\]"):
        match_clusters(clusters.assign(plane=clusters.plane.replace("induction", "u")))


@pytest.mark.parametrize("name", ["sample", "run", "plane"])
def test_a_missing_part_of_a_key_is_named(name):
    clusters = random_clusters(np.random.default_rng(8), 5)
    clusters[name] = clusters[name].where(clusters.event != 3)
    with pytest.raises(UserError, match=f"clusters to match: rows without {name}"):
        match_clusters(clusters)


@pytest.mark.parametrize("number", [np.int32, "Int64", object])
@pytest.mark.parametrize("kind", ["str", object, "category", pd.ArrowDtype(pa.string())])
def test_columns_of_the_key_keep_their_types(kind, number):
    clusters = random_clusters(np.random.default_rng(9), 5).astype({"sample": kind, "run": number})
    for some in (clusters, clusters[:0]):
        matched = match_clusters(some)
        assert (matched[KEY].dtypes == clusters[KEY].dtypes).all()
        assert list(matched.index) == list(range(len(matched)))
    assert len(match_clusters(clusters)) > 0


def test_a_negative_weight_is_refused():
    with pytest.raises(ConfigError, match="weight_height=-1"):
        parse_config({"weight_height": -1}, MatchingConfig, source="c.yaml")

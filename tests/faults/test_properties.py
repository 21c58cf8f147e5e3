"""What must not change, or must change alike, whatever the event: charge, shift, padding, mirror, order, more events."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.unit.lartpc.tiny import find_in_plane

from rootline.core.splits import PHYSICAL_EVENT, SplitConfig, assign_parts
from rootline.core.tables import CLUSTER_KEY
from rootline.lartpc.features import FEATURES, compute_features
from rootline.lartpc.images import ImageConfig, render_images
from rootline.lartpc.labelling import select_regions
from rootline.lartpc.matching import match_clusters
from rootline.lartpc.tracks import TRACK_SCHEMA

THRESHOLD = 3
PLANES = arrays.arrays(
    np.int16,
    st.tuples(st.integers(1, 14), st.integers(1, 14)),
    elements=st.one_of(st.integers(-4, 3), st.integers(4, 900), st.just(32767)),
)
"""Waveforms of a small plane, (n_wires, n_ticks) [ADC]."""
WITH_CHARGE = PLANES.filter(lambda image: bool((image > THRESHOLD).any()))


def track_of(image):
    """The track table of the longest region of a plane; both of its planes are this one."""
    found = find_in_plane(image, "longest", threshold=THRESHOLD)
    row: dict[str, object] = dict.fromkeys(TRACK_SCHEMA.names)
    row |= {"sample": "s", "run": 1, "subrun": 2, "event": 3, "track": 0, "particle": "proton"}
    for plane in ("collection", "induction"):
        sides = ("wire_min", "wire_max", "tick_min", "tick_max")
        row |= {f"{plane}_{side}": int(getattr(found, side)[0]) for side in sides}
        row[f"{plane}_pixels"] = {"wire": found.wire, "tick": found.tick, "adc": found.adc}
        row[f"{plane}_profile"] = found.profile
    return pa.Table.from_pylist([row], schema=TRACK_SCHEMA)


def padded(image, *, wires, ticks):
    """The plane with empty wires and ticks before and after it."""
    return np.pad(image, (wires, ticks))


PADDING = st.tuples(st.integers(0, 5), st.integers(0, 40))


@given(image=PLANES, neighbours=st.sampled_from([4, 8]))
def test_no_charge_above_threshold_is_lost_or_counted_twice_by_the_regions(image, neighbours):
    for finder in ("connected", "longest", "contrast", "seeded"):
        found = find_in_plane(image, finder, threshold=THRESHOLD, seed_neighbours=neighbours)
        charges = np.bincount(found.region, weights=found.adc, minlength=found.n_regions)
        np.testing.assert_array_equal(found.charge_sum, charges)
        if finder == "connected":
            assert int(found.charge_sum.sum()) == int(image[image > THRESHOLD].sum(dtype=np.int64))


@given(image=WITH_CHARGE, size=st.integers(1, 40), canvas=st.tuples(st.integers(14, 60), st.integers(28, 200)))
def test_area_images_of_any_size_keep_the_charge_of_every_pixel(image, size, canvas):
    track = track_of(image)
    options = ImageConfig(wires=canvas[0], canvas_wires=canvas[0], canvas_ticks=canvas[1], size=size)
    charge = np.sum(track["collection_pixels"][0]["adc"].as_py())
    images = render_images(track, options).sum(axis=(2, 3), dtype=np.float64)
    np.testing.assert_allclose(images, charge, rtol=2e-6)  # float32 pixels


@given(
    image=WITH_CHARGE,
    before=PADDING,
    straighten=st.booleans(),
    resampling=st.sampled_from(["area", "bilinear"]),
)
def test_an_image_does_not_depend_on_drift_time_or_first_wire(image, before, straighten, resampling):
    options = ImageConfig(
        wires=12, canvas_wires=14, canvas_ticks=40, size=16, straighten=straighten, resampling=resampling
    )
    moved = padded(image, wires=(before[0], 0), ticks=(before[1], 0))
    np.testing.assert_array_equal(render_images(track_of(moved), options), render_images(track_of(image), options))


@given(image=WITH_CHARGE, before=PADDING, after=PADDING)
def test_features_do_not_depend_on_empty_wires_and_ticks_around(image, before, after):
    around = padded(image, wires=(before[0], after[0]), ticks=(before[1], after[1]))
    columns = list(FEATURES)
    np.testing.assert_array_equal(
        compute_features(track_of(around))[columns], compute_features(track_of(image))[columns]
    )


def region_texts(found, mirror=lambda wire, tick: (wire, tick)):
    """Every region as a set of its pixels and what was measured of it, in no order."""
    regions = set()
    for index in range(found.n_regions):
        one = select_regions(found, [index])
        pixels = zip(one.wire.tolist(), one.tick.tolist(), one.adc.tolist(), strict=True)
        places = frozenset((*mirror(wire, tick), adc) for wire, tick, adc in pixels)
        sums = tuple(int(getattr(one, name)[0]) for name in ("n_pixels", "charge_sum", "charge_max"))
        regions.add((places, sums))
    return regions


@pytest.mark.parametrize("axis", [0, 1], ids=["wires", "ticks"])
@given(image=PLANES)
def test_mirrored_wires_or_ticks_give_the_mirrored_regions(axis, image):
    last = image.shape[axis] - 1

    def back(wire, tick):
        return (last - wire, tick) if axis == 0 else (wire, last - tick)

    mirrored = np.flip(image, axis)
    found = find_in_plane(image, "connected", threshold=THRESHOLD)
    other = find_in_plane(mirrored, "connected", threshold=THRESHOLD)
    assert region_texts(other, back) == region_texts(found)
    side = ("wire", "tick")[axis]
    low, high = getattr(found, f"{side}_min"), getattr(found, f"{side}_max")
    assert sorted(getattr(other, f"{side}_min").tolist()) == sorted((last + 1 - high).tolist())
    assert sorted(getattr(other, f"{side}_max").tolist()) == sorted((last + 1 - low).tolist())
    for finder, measure in (
        ("longest", "n_pixels"),
        ("seeded", "charge_max"),
    ):  # which one on ties is the raster's affair
        one, two = (find_in_plane(plane, finder, threshold=THRESHOLD) for plane in (image, mirrored))
        assert getattr(one, measure).tolist() == getattr(two, measure).tolist()


BOXES = st.lists(
    st.tuples(
        st.integers(0, 2), st.booleans(), st.integers(0, 3), st.integers(1, 3), st.integers(0, 3), st.integers(1, 3)
    ),
    min_size=2,
    max_size=14,
)
"""Event, plane and a box of few possible sides, so that equal scores are frequent."""


@given(boxes=BOXES, data=st.data())
def test_tracks_do_not_depend_on_the_order_of_the_clusters(boxes, data):
    rows = [
        ("s", 1, 0, event, "collection" if side else "induction", place, wire, wire + height, tick, tick + width)
        for place, (event, side, wire, height, tick, width) in enumerate(boxes)
    ]
    clusters = pd.DataFrame(rows, columns=[*CLUSTER_KEY, "wire_min", "wire_max", "tick_min", "tick_max"])
    order = data.draw(st.permutations(range(len(clusters))))
    pd.testing.assert_frame_equal(match_clusters(clusters.iloc[order]), match_clusters(clusters))


NUMBERS = st.one_of(st.integers(0, 6), st.integers(0, 2**63 - 1))
KEYS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=40, unique=True)
SHARES = st.builds(
    lambda train, share, seed: SplitConfig(train=train, val=(1 - train) * share, seed=seed),
    st.floats(0.05, 0.95),
    st.floats(0.05, 1.0),
    st.integers(0, 2**32),
)


@given(events=KEYS, fractions=SHARES, data=st.data())
def test_no_event_changes_its_part_when_others_are_added_removed_or_reordered(events, fractions, data):
    keys = pd.DataFrame(events, columns=list(PHYSICAL_EVENT))
    parts = assign_parts(keys, fractions)
    some = data.draw(st.lists(st.integers(0, len(keys) - 1), min_size=1, max_size=60), label="rows, some several times")
    assert assign_parts(keys.iloc[some], fractions).tolist() == parts.iloc[some].tolist()


@given(events=KEYS, fractions=SHARES, data=st.data())
def test_with_balance_nothing_enters_or_leaves_val_when_events_are_added(events, fractions, data):
    keys = pd.DataFrame(events, columns=list(PHYSICAL_EVENT))
    names = st.lists(st.sampled_from(["proton", "kaon", None]), min_size=len(keys), max_size=len(keys))
    species = pd.Series(data.draw(names), dtype=object)
    n_before = data.draw(st.integers(1, len(keys)))
    balanced = fractions.model_copy(update={"balanced": True})
    before, after = assign_parts(keys[:n_before], balanced, species[:n_before]), assign_parts(keys, balanced, species)
    assert ((after[:n_before] == "val") == (before == "val")).all()
    assert ((after == "val") == (assign_parts(keys, fractions) == "val")).all()

"""chi2 against the public definition in plain Python, on float32 readings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.lartpc.chi2 import chi2_per_track, likelier_hypothesis
from rootline.lartpc.curves import Curve

GRID = np.arange(1, 601) * 0.05
CURVE = Curve(GRID, 1.7 + 8.0 * GRID**-0.42, "natural")
SHORT = Curve(GRID[4:500], 2.0 + 9.0 * GRID[4:500] ** -0.4, "natural")


def chi2_of(ranges, dedx, offsets):
    return chi2_per_track(np.asarray(ranges), np.asarray(dedx), np.asarray(offsets), {"it": CURVE})["it"]


def reference(ranges, dedx, curve):
    """Snap each hit to the grid as decimal numbers do; round is half to even."""
    table = {round(float(r), 2): float(d) for r, d in zip(curve.residual_range, curve.dedx, strict=True)}
    total = 0.0
    for r, d in zip(ranges, dedx, strict=True):
        expected = table.get(round(round(r / 0.05) * 0.05, 2), float("nan"))
        total += (d - expected) ** 2 / expected
    return total / len(ranges) if len(ranges) else float("nan")


def as_read(values):
    return np.array([np.float64(np.float32(value)) for value in values])


HITS = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 31), st.decimals(0, 31, places=3), st.integers(0, 1250).map(lambda k: k * 0.025)),
        st.floats(0.1, 100),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(HITS, max_size=8))
def test_chi2_equals_its_definition(tracks):
    ranges = [as_read(r for r, _ in hits) for hits in tracks]
    dedx = [as_read(d for _, d in hits) for hits in tracks]
    offsets = np.cumsum([0, *map(len, tracks)])
    flat_ranges, flat_dedx = (np.concatenate([np.zeros(0), *lists]) for lists in (ranges, dedx))
    found = chi2_per_track(flat_ranges, flat_dedx, offsets, {"one": CURVE, "other": SHORT})
    for name, curve in (("one", CURVE), ("other", SHORT)):
        expected = [reference(r, d, curve) for r, d in zip(ranges, dedx, strict=True)]
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)


@pytest.mark.parametrize("half", [0.075, 0.125, 0.175, 0.275, 0.475, 0.975, 14.925])
def test_a_hit_between_two_grid_points_goes_where_the_definition_sends_it(half):
    for r in (half, float(np.float32(half)), np.nextafter(half, 0), np.nextafter(half, 1)):
        found = chi2_of([r], [3.0], [0, 1])
        assert found[0] == pytest.approx(reference([r], [3.0], CURVE), rel=1e-12)


def test_hits_on_the_curve_give_zero():
    found = chi2_of(GRID, CURVE.dedx, [0, 600])
    np.testing.assert_array_equal(found, [0.0])


def test_whole_numbers_are_compared_with_the_same_curve():
    np.testing.assert_array_equal(chi2_of([1, 2], [5, 6], [0, 1, 2]), chi2_of([1.0, 2.0], [5.0, 6.0], [0, 1, 2]))


@pytest.mark.parametrize("outside", [0.0, -3.0, 30.05, 1e300, np.nan, np.inf])
def test_one_hit_off_the_grid_makes_its_track_nan_and_no_other(outside):
    found = chi2_of([1.0, outside, 2.0], [5.0, 5.0, 5.0], [0, 2, 3])
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


def test_the_smaller_chi2_names_the_hypothesis():
    kaon, proton = np.array([1.0, 2.0, 1.0, np.nan, np.nan]), np.array([2.0, 1.0, 1.0, 1.0, np.nan])
    assert likelier_hypothesis(kaon, proton).tolist() == ["kaon", "proton", "proton", "proton", None]

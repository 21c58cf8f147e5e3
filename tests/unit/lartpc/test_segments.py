"""Reductions over ragged arrays against a loop over the segments."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d

from rootline.lartpc.segments import (
    float_sums,
    medians,
    places,
    ratio,
    running_sums,
    segment_ids,
    segment_sums,
    select,
    sorted_segments,
)

RAGGED = st.lists(st.lists(st.integers(-32768, 32767), max_size=20), max_size=6)


def flatten(lists):
    values = np.array([value for values in lists for value in values], dtype=np.int16)
    return values, np.cumsum([0, *map(len, lists)])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(RAGGED)
def test_reductions_equal_a_loop_over_the_segments(lists):
    values, offsets = flatten(lists)
    assert segment_ids(offsets).tolist() == [i for i, segment in enumerate(lists) for _ in segment]
    assert places(offsets).tolist() == [place for segment in lists for place in range(len(segment))]
    assert segment_sums(values, offsets).tolist() == [sum(segment) for segment in lists]
    assert float_sums(values / 4, offsets).tolist() == [sum(segment) / 4 for segment in lists]
    ordered = sorted_segments(values, offsets)
    assert ordered.tolist() == [value for segment in lists for value in sorted(segment)]
    expected = [np.median(segment) if segment else np.nan for segment in lists]
    np.testing.assert_array_equal(medians(ordered, offsets), expected)
    kept, kept_offsets = select(values, offsets, values > 0)
    assert kept.tolist() == [value for segment in lists for value in segment if value > 0]
    assert np.diff(kept_offsets).tolist() == [sum(value > 0 for value in segment) for segment in lists]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(RAGGED, st.sampled_from([3, 15]))
def test_running_sums_are_those_of_scipy_with_reflecting_borders(lists, size):
    values, offsets = flatten(lists)
    expected = [uniform_filter1d(np.float64(segment), size) * size for segment in lists if segment]
    found = running_sums(values, offsets, size=size)
    np.testing.assert_allclose(found, np.concatenate([np.zeros(0), *expected]), rtol=1e-12, atol=1e-9)


def test_division_by_zero_is_undefined():
    np.testing.assert_array_equal(ratio(np.array([1, 0, 3]), np.array([0, 0, 2])), [np.nan, np.nan, 1.5])

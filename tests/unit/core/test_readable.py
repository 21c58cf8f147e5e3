"""Numbers as people read them."""

import numpy as np
import pandas as pd
import pytest

from rootline.core.readable import plain, readable, with_interval

DASH = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.845007, 0.78695, 0.898799), "0.845 [0.787, 0.899]"),
        ((0.9, 0.4, 1.0), "0.90 [0.40, 1.00]"),
        ((5275.3, 5111.0, 5391.0), "5275 [5111, 5391]"),
        ((1.234e-7, 1.1e-7, 1.4e-7), "1.23e-07 [1.1e-07, 1.4e-07]"),
        ((np.nan, 0.1, 0.2), DASH),
        ((None, None, None), DASH),
        ((0.5, np.nan, np.nan), "0.5"),
        ((1.0, 1.0, 1.0), "1 [1, 1]"),
        ((3.0, 2.0, np.inf), "3 [2, inf]"),
    ],
)
def test_an_interval_decides_the_digits_of_its_number(numbers, text):
    assert with_interval(*numbers) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (np.False_, "no"), (12, "12"), (np.int64(7), "7"), (3.0, "3"), (0.123456, "0.1235"), (pd.NA, DASH),
     (float("nan"), DASH), ("mu_0", "mu_0"), (123456.789, "1.235e+05"), (-np.inf, "-inf")],
)  # fmt: skip
def test_one_value_is_written_short(value, text):
    assert plain(value) == text


def test_intervals_join_their_number_and_curves_are_left_out():
    table = pd.DataFrame(
        {"name": ["a", "b"], "auc": [0.8, np.nan], "auc_low": [0.7, np.nan], "auc_high": [0.9, np.nan],
         "roc": [[0.0, 1.0], [0.0, 1.0]], "n": [10, 3], "x_low": [1, 2]},
        index=[4, 9],
    )  # fmt: skip
    shown = readable(table)
    assert list(shown.columns) == ["name", "auc [95 %]", "n", "x_low"]
    assert shown.loc[4].tolist() == ["a", "0.80 [0.70, 0.90]", "10", "1"]
    assert shown.loc[9, "auc [95 %]"] == DASH


def test_ends_without_a_name_belong_to_the_number_before_them():
    table = pd.DataFrame({"what": ["a"], "difference": [0.5], "low": [0.4], "high": [0.6], "n": [3]})
    assert readable(table).to_dict("records") == [{"what": "a", "difference [95 %]": "0.50 [0.40, 0.60]", "n": "3"}]


def test_rounding_never_moves_a_number_by_more_than_a_twentieth_of_its_interval():
    rng = np.random.default_rng(3)
    for _ in range(300):
        value, half = rng.normal(0, 10.0 ** rng.integers(-3, 4)), 10 ** rng.uniform(-4, 3)
        words = with_interval(value, value - half, value + half)
        assert float(words.split(" ")[0]) == pytest.approx(value, abs=max(half / 20, 0.5), rel=0.01)

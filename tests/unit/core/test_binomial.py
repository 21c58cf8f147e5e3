import numpy as np
import pytest
from scipy.stats import binom

from rootline.core.binomial import clopper_pearson


def test_the_interval_is_the_published_one():
    found = clopper_pearson(4, 20)
    assert (float(found.value), float(found.low), float(found.high)) == pytest.approx((0.2, 0.0573, 0.4366), abs=1e-4)


def test_the_ends_reach_nothing_and_all_and_an_empty_count_has_none():
    found = clopper_pearson([0, 10, 0], [10, 10, 0])
    assert found.low[0] == 0 and found.high[1] == 1
    assert found.high[0] == pytest.approx(1 - 0.025 ** (1 / 10))
    assert np.isnan([found.value[2], found.low[2], found.high[2]]).all()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.97])
def test_it_covers_the_truth_at_least_as_often_as_it_says(share):
    counts = np.arange(41)
    found = clopper_pearson(counts, 40)
    covered = (found.low <= share) & (share <= found.high)
    assert binom.pmf(counts, 40, share)[covered].sum() >= 0.95

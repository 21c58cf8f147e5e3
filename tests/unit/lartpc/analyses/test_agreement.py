"""Agreement of partitions against scikit-learn, and its null."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from rootline.lartpc.analyses.agreement import contingency, judge_agreement, measure_agreement


def judge(groups, species, seed=0):
    rng = np.random.default_rng(seed)
    found = judge_agreement(groups, species, bootstrap=300, permutations=300, rng=rng)
    return {record["score"]: record for record in found}


@pytest.mark.parametrize(("n_groups", "n_species"), [(3, 3), (5, 2), (1, 3), (4, 1), (1, 1)])
def test_measures_agree_with_scikit_learn(n_groups, n_species):
    rng = np.random.default_rng(n_groups)
    groups = np.r_[np.arange(n_groups), rng.integers(n_groups, size=80)]
    species = np.r_[np.arange(n_species), rng.integers(n_species, size=80 + n_groups - n_species)]
    found = measure_agreement(contingency(groups, species)[None])
    assert found["ari"] == pytest.approx(adjusted_rand_score(species, groups))
    assert found["nmi"] == pytest.approx(normalized_mutual_info_score(species, groups))
    most = sum(np.bincount(species[groups == group]).max() for group in range(n_groups))
    assert found["purity"] == pytest.approx(most / len(groups))


def test_equal_partitions_agree_fully_whatever_the_groups_are_called():
    species = np.repeat([0, 1, 2], [30, 20, 10])
    found = judge(np.array([2, 0, 1])[species], species)
    for record in found.values():
        assert (record["value"], record["low"], record["high"]) == pytest.approx((1, 1, 1))
        assert record["p_value"] == pytest.approx(1 / 301)


def test_the_null_is_that_of_shuffled_labels():
    rng = np.random.default_rng(1)
    groups, species = rng.integers(4, size=120), rng.integers(2, size=120)
    shuffled = [adjusted_rand_score(rng.permutation(species), groups) for _ in range(600)]
    record = judge_agreement(groups, species, bootstrap=100, permutations=2000, rng=rng)[0]
    assert record["null_mean"] == pytest.approx(np.mean(shuffled), abs=0.003)
    assert record["null_high"] == pytest.approx(np.quantile(shuffled, 0.975), abs=0.01)


def test_unrelated_groups_are_called_significant_at_the_stated_rate():
    rng = np.random.default_rng(2)
    p_values = []
    for _ in range(150):
        groups, species = rng.integers(3, size=60), rng.integers(2, size=60)
        p_values.append(judge_agreement(groups, species, bootstrap=100, permutations=199, rng=rng)[0]["p_value"])
    # 150 trials at 5 %: more than 15 has a chance of 0.4 %
    assert np.mean(np.array(p_values) <= 0.05) <= 0.1


def test_a_single_group_has_no_agreement_and_no_scatter_of_its_null():
    record = judge(np.zeros(40, dtype=int), np.repeat([0, 1], 20))["ari"]
    assert (record["value"], record["null_mean"], record["null_high"], record["p_value"]) == (0, 0, 0, 1)


def test_the_interval_covers_the_agreement_of_the_whole_population():
    rng = np.random.default_rng(3)
    shares = np.array([[0.35, 0.05], [0.1, 0.5]])
    truth = measure_agreement(1e6 * shares[None])["ari"][0]
    inside = 0
    for _ in range(100):
        cells = rng.choice(4, size=150, p=shares.ravel())
        record = judge_agreement(cells // 2, cells % 2, bootstrap=300, permutations=100, rng=rng)[0]
        inside += record["low"] <= truth <= record["high"]
    assert inside >= 87  # 95 expected; 87 or fewer has a chance of 0.2 %

import numpy as np
import pytest

from rootline.pid.analyses.equal_purity import LESS_PURE, compare_at_equal_purity
from rootline.pid.analyses.scored import Scored
from rootline.pid.analyses.settings.comparison import ComparisonConfig

OPTIONS = ComparisonConfig(pt_edges=(0.2, 0.4, 0.6, 1.0), min_tracks=20)


def part(strength, *, n=6000, seed=0, edges=(0.2, 0.6), accept=0.7):
    """A part whose rule takes 70 % of the species and 10 % of the others, and whose model is so strong."""
    rng = np.random.default_rng(seed)
    pt, right = rng.uniform(*edges, n), rng.random(n) < 0.3
    accepted = rng.random(n) < np.where(right, accept, 0.1)
    score = rng.normal(strength * right)
    return Scored(pt, right, score, score >= 1), Scored(pt, right, score, accepted)


def compare(strength, *, species="kaon", **sizes):
    (val, rule_val), (test, rule_test) = part(strength, seed=1, **sizes), part(strength, seed=2, **sizes)
    return compare_at_equal_purity(val, test, rule_val, rule_test, OPTIONS, species=species)


def test_the_cut_of_each_bin_is_chosen_on_the_val_part_and_counted_on_the_test_part():
    pt = np.array([0.3, 0.3, 0.3, 0.3, 0.5, 0.5])
    right = np.array([True, True, False, False, True, False])
    rule = Scored(pt, right, np.zeros(6), np.array([True, False, True, False, True, False]))  # half pure, then pure
    val = Scored(pt, right, np.array([0.9, 0.6, 0.8, 0.1, 0.7, 0.2]), right)
    test = Scored(pt, right, np.array([0.9, 0.3, 0.7, 0.6, 0.6, 0.8]), right)
    found = compare_at_equal_purity(val, test, rule, rule, OPTIONS, species="kaon")
    # all four tracks of the first bin are half pure; the third bin is empty
    assert found["cut"].tolist()[:2] == [0.1, 0.7] and np.isnan(found["cut"][2])
    assert found["n_accepted"].tolist()[:2] == [4, 1]
    assert found["n_right"].tolist()[:2] == [2, 0]
    assert found["nsigma_efficiency"].tolist()[:2] == [0.5, 1.0]
    assert found["efficiency"].tolist()[:2] == [1.0, 0.0]
    assert found["val_purity"].tolist()[:2] == [0.5, 1.0]
    assert found["n_val_accepted"].tolist() == [2, 1, 0]
    assert found["verdict"].tolist() == ["", "", ""]  # a handful of tracks says nothing


@pytest.mark.parametrize(("strength", "verdict"), [(4.0, "above"), (0.3, "below")])
def test_a_stronger_model_is_above_and_a_weaker_one_below(strength, verdict):
    found = compare(strength)
    assert found["verdict"].tolist() == [verdict, verdict, ""]
    assert found["n_species"].tolist()[2] == 0 and np.isnan(found["efficiency"][2])


def test_a_model_that_is_the_rule_itself_overlaps_and_is_as_pure():
    (val, rule_val), (test, rule_test) = part(0, seed=1), part(0, seed=2)
    same = [one._replace(score=rule.accepted.astype(float)) for one, rule in ((val, rule_val), (test, rule_test))]
    found = compare_at_equal_purity(*same, rule_val, rule_test, OPTIONS, species="kaon")
    assert found["verdict"].tolist()[:2] == found["purity_verdict"].tolist()[:2] == ["overlap", "overlap"]
    for share in ("efficiency", "purity", "efficiency_low", "purity_high"):
        assert found[share][:2].tolist() == found[f"nsigma_{share}"][:2].tolist()


def test_a_model_that_is_never_so_pure_takes_nothing():
    (val, rule_val), (test, rule_test) = part(1.0, seed=1), part(1.0, seed=2)
    hopeless = val._replace(score=np.zeros(len(val.pt)))
    found = compare_at_equal_purity(
        hopeless, test._replace(score=np.zeros(len(test.pt))), rule_val, rule_test, OPTIONS, species="kaon"
    )
    assert np.isinf(found["cut"][:2]).all()
    assert found["efficiency"].tolist()[:2] == [0, 0] and found["n_accepted"].tolist() == [0, 0, 0]
    assert found["verdict"].tolist()[:2] == ["below", "below"]
    assert found["purity"][:2].isna().all() and found["purity_verdict"].tolist()[:2] == ["", ""]


def test_where_n_sigma_takes_too_few_nothing_is_judged():
    found = compare(4.0, accept=0.0, n=300)
    assert (found["n_nsigma_accepted"] < 20).all() and (found["n_species"][:2] > 20).all()
    assert found["verdict"].tolist() == ["", "", ""]
    assert found["nsigma_efficiency"][:2].notna().all()


def test_a_bin_is_in_the_crossing_region_of_its_species_if_its_middle_is():
    assert compare(1.0)["is_crossing"].tolist() == [False, True, False]  # kaon: 0.4 to 0.8, the last ends at 1.0
    assert compare(1.0, species="pion")["is_crossing"].tolist() == [False] * 3


def test_the_last_edge_belongs_to_the_last_bin_as_it_does_in_the_counts():
    pt, right = np.full(40, 1.0), np.arange(40) < 30
    rule = Scored(pt, right, np.zeros(40), right)
    model = rule._replace(score=right.astype(float))
    found = compare_at_equal_purity(model, model, rule, rule, OPTIONS, species="kaon")
    assert found["n_accepted"].tolist() == [0, 0, 30]
    assert found["verdict"].tolist() == ["", "", "overlap"]


def test_an_efficiency_that_was_bought_with_purity_is_not_above():
    (val, rule_val), (test, rule_test) = part(4.0, seed=1), part(4.0, seed=2)
    careless = test._replace(score=np.full(len(test.pt), 9.0))  # on the test part it takes everything
    found = compare_at_equal_purity(val, careless, rule_val, rule_test, OPTIONS, species="kaon")
    assert found["efficiency"][:2].tolist() == [1, 1] and found["purity_verdict"].tolist()[:2] == ["below", "below"]
    assert found["verdict"].tolist() == [LESS_PURE, LESS_PURE, ""]

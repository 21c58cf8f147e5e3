import numpy as np
import pytest

from rootline.core.errors import UserError
from rootline.pid.trees import TreeConfig, fit_trees, probabilities

RNG = np.random.default_rng(8)
CLASSES = RNG.integers(0, 3, 900)
INPUTS = (RNG.normal(size=(900, 4)) + 3 * np.eye(4)[CLASSES]).astype(np.float32)
INPUTS[::5, 3] = np.nan


@pytest.mark.parametrize("kind", ["forest", "adaboost", "boosting"])
def test_each_kind_tells_clear_species_apart_and_gives_probabilities_of_all_five(kind):
    options, kinds = TreeConfig(n=20, max_depth=4), {"kind": kind, "seed": 1}
    found = probabilities(fit_trees(INPUTS[:600], CLASSES[:600], options, **kinds), INPUTS[600:])
    assert found.shape == (300, 5) and found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (found[:, 3:] == 0).all(), "species that were not there"
    assert (found.argmax(axis=1) == CLASSES[600:]).mean() > 0.85
    again = probabilities(fit_trees(INPUTS[:600], CLASSES[:600], options, **kinds, threads=2), INPUTS[600:])
    assert (again == found).all(), "the same seed"


def test_other_particles_are_not_learnt_from_and_one_species_is_refused():
    classes = np.where(CLASSES == 2, -1, CLASSES)
    estimator = fit_trees(INPUTS, classes, TreeConfig(n=3))
    assert estimator.classes_.tolist() == [0, 1]
    with pytest.raises(UserError, match="takes two at least; among 900 tracks there is kaon"):
        fit_trees(INPUTS, np.where(CLASSES == 1, 1, -1), TreeConfig())


def test_no_track_has_no_probability():
    assert probabilities(fit_trees(INPUTS, CLASSES, TreeConfig(n=2)), INPUTS[:0]).shape == (0, 5)


def test_a_rare_species_in_the_midst_of_another_makes_no_step_without_bound():
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 1, 2], [2000, 500, 12])
    inputs = (rng.normal(size=(len(classes), 4)) + 3 * np.eye(4)[classes % 2]).astype(np.float32)
    largest = {}
    for l2 in (0.0, 1.0):
        options = TreeConfig(n=60, max_depth=8, learning_rate=0.3, l2=l2)
        fill, boosting = fit_trees(inputs, classes, options, kind="boosting")
        largest[l2] = np.abs(boosting.decision_function(fill.transform(inputs))).max()
    assert largest[1.0] < 20, "the logarithm of a probability"
    assert largest[0.0] > 1000, "what the ridge is for"

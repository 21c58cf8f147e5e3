"""Networks that are trained side by side, against finite differences and known functions."""

import numpy as np
import pytest
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPRegressor

from rootline.lartpc.analyses.networks import _differentiate, _first_parameters, _loss, _views, fit_networks
from rootline.lartpc.analyses.settings.regression import RegressionConfig

OPTIONS = RegressionConfig(mlp_epochs=150, mlp_learning_rate=5e-3)


def test_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(0)
    sizes = (3, 5, 4, 1)
    flat = _first_parameters(sizes, 2, rng).astype(np.float64)
    flat += rng.normal(scale=0.3, size=flat.shape)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    known = rng.random((30, 2)) < 0.7
    gradient = np.zeros_like(flat)
    _differentiate(_views(flat, sizes), x, y, known, _views(gradient, sizes))
    for column in range(0, flat.shape[1], 7):
        ends = []
        for step in (1e-6, -1e-6):
            moved = flat.copy()
            moved[:, column] += step
            ends.append(_loss(_views(moved, sizes), x, y, known))
        assert gradient[:, column] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-5)


def test_a_network_learns_what_one_of_scikit_learn_does():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 2))
    y = np.column_stack([x[:, 0] ** 2, np.abs(x[:, 1]) * x[:, 0], x[:, 0]])
    y = (y + 0.2 * rng.normal(size=y.shape) - y.mean(axis=0)) / y.std(axis=0)
    predicted = fit_networks(x[:400], y[:400], OPTIONS, rng)(x[400:])
    for column in range(3):
        theirs = MLPRegressor(hidden_layer_sizes=(16, 16), learning_rate_init=5e-3, random_state=0)
        expected = r2_score(y[400:, column], theirs.fit(x[:400], y[:400, column]).predict(x[400:]))
        assert r2_score(y[400:, column], predicted[:, column]) > expected - 0.05
        assert expected > 0.7


def test_undefined_rows_of_one_target_leave_the_others_as_they_are():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(100, 2)), rng.normal(size=(100, 2))
    options = OPTIONS.model_copy(update={"mlp_epochs": 10, "mlp_patience": 100})
    whole = fit_networks(x, y, options, np.random.default_rng(3))(x)
    y[::3, 1] = np.nan
    holed = fit_networks(x, y, options, np.random.default_rng(3))(x)
    np.testing.assert_array_equal(whole[:, 0], holed[:, 0])
    assert np.isfinite(holed[:, 1]).all() and not np.array_equal(whole[:, 1], holed[:, 1])


def test_what_cannot_be_learned_is_answered_with_the_mean_or_close_to_it():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(300, 4)), rng.normal(size=(300, 20))
    predicted = fit_networks(x[:150], y[:150], OPTIONS, rng)(x[150:])
    scores = [r2_score(y[150:, column], predicted[:, column]) for column in range(20)]
    assert np.mean(scores) > -0.1
    assert (np.ptp(predicted, axis=0) == 0).any()

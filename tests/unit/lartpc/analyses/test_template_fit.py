"""Shares of mixtures against a plain scan of the likelihood, and answers against sums over tracks."""

import numpy as np
import pytest

from rootline.lartpc.analyses.template_fit import LOWEST, Mixture, answer, as_found, fit_share, goodness, resample

SIGNAL = np.array([0.1, 0.2, 0.3, 0.4])
REST = np.array([0.5, 0.3, 0.15, 0.05])


def test_the_share_is_where_a_plain_scan_of_the_likelihood_has_its_top():
    rng = np.random.default_rng(0)
    grid = np.linspace(0.0005, 0.9995, 4000)
    for share in (0.1, 0.4, 0.8):
        counts = rng.multinomial(300, share * SIGNAL + (1 - share) * REST)
        scan = [(counts * np.log(value * SIGNAL + (1 - value) * REST)).sum() for value in grid]
        assert float(fit_share(counts, SIGNAL, REST)) == pytest.approx(grid[np.argmax(scan)], abs=3e-4)


def test_many_mixtures_are_fitted_at_once_like_each_alone():
    counts = np.random.default_rng(1).multinomial(100, (SIGNAL + REST) / 2, size=(5, 3)).astype(float)
    together = fit_share(counts, SIGNAL, REST)
    alone = [[float(fit_share(row, SIGNAL, REST)) for row in rows] for rows in counts]
    np.testing.assert_allclose(together, alone)


def test_the_share_of_an_exact_mixture_is_exact_also_at_the_ends():
    for share in (0.0, 0.25, 1.0):
        assert float(fit_share(share * SIGNAL + (1 - share) * REST, SIGNAL, REST)) == pytest.approx(share, abs=1e-9)


def test_fewer_protons_than_none_are_an_answer_below_zero():
    assert LOWEST <= float(fit_share(np.array([60.0, 30, 9, 1]), SIGNAL, REST)) < 0


def test_nothing_has_no_share():
    assert np.isnan(fit_share(np.zeros(4), SIGNAL, REST))


def mixture(rng, *, share=0.2, n=400, protons=200, empty_top=False):
    bins = np.where(
        rng.random(n) < share,
        rng.choice(4, n, p=SIGNAL),
        rng.choice(3 if empty_top else 4, n, p=None if empty_top else REST),
    )
    of_protons = rng.choice(4, protons, p=SIGNAL)
    whole = np.ones(n, dtype=bool), np.ones(protons, dtype=bool)
    kaons = None if empty_top else rng.choice(4, 300, p=REST)
    return Mixture(4, bins, of_protons, *whole, kaon_bins=kaons, empty_top=empty_top)


def test_without_a_kaon_template_the_answer_is_the_ratio_above_the_cut():
    rng = np.random.default_rng(2)
    data, protons = rng.integers(0, 2, 50), rng.integers(0, 2, 40)
    cut = Mixture(2, data, protons, np.ones(50, bool), np.ones(40, bool), empty_top=True)
    found = answer(cut, as_found(cut), np.ones((1, 40)))[0, 0]
    assert found == pytest.approx(data.mean() / ((protons.sum() + 0.5) / 41))


def test_each_proton_that_is_added_is_one_more_found():
    rng = np.random.default_rng(3)
    mixed = mixture(rng)
    halves = np.zeros((40, 200))
    for half in halves:
        half[rng.permutation(200)[:100]] = 1
    halves = np.concatenate([halves, 1 - halves])
    found = [answer(mixed, as_found(mixed), halves, injected=share).mean() for share in (0.0, 0.1, 0.3)]
    assert found[1] - found[0] == pytest.approx(0.1, abs=0.01)
    assert found[2] - found[0] == pytest.approx(0.3, abs=0.02)


def test_added_protons_outside_of_the_fitted_data_join_the_template_out_of_the_data():
    data, protons = np.array([0, 0, 1, 2, 3]), np.array([3, 3, 2, 0])
    mixed = Mixture(4, data, protons, np.array([0, 0, 0, 1, 1], bool), np.zeros(4, bool))
    plain = answer(mixed, as_found(mixed), np.array([[1.0, 1, 0, 0]]))
    added = answer(mixed, as_found(mixed), np.array([[1.0, 1, 0, 0]]), injected=0.5)
    # the two fitted tracks stay two, only what counts as a kaon has become more proton-like
    assert added[0, 0] < plain[0, 0]


def test_weights_of_a_resample_are_one_track_each_on_average():
    mixed = mixture(np.random.default_rng(4))
    drawn = resample(mixed, np.random.default_rng(5), 200)
    assert drawn.data.shape == (200, 400)
    assert drawn.data.mean() == pytest.approx(1, abs=0.02)
    assert drawn.spread.sum(axis=-1).mean() == pytest.approx(1, abs=0.15)


def test_goodness_is_uniform_where_the_templates_are_right_and_small_where_they_are_wrong():
    right = [goodness(mixture(np.random.default_rng(seed)), np.random.default_rng(seed), 60) for seed in range(60)]
    assert 0.35 < np.mean(right) < 0.65
    wrong = mixture(np.random.default_rng(9))
    wrong = wrong._replace(data_bins=np.r_[np.full(200, 1), np.full(200, 3)])
    assert goodness(wrong, np.random.default_rng(0), 100) < 0.02
    assert np.isnan(goodness(mixture(np.random.default_rng(9), empty_top=True), np.random.default_rng(0), 10))

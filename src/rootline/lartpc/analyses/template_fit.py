"""Shares of a mixture by its templates, for many resamples at once."""

from typing import Final, NamedTuple

import numpy as np

from rootline.lartpc.analyses.statistics import Bools, Floats, Ints

LOWEST: Final = -1.0
HIGHEST: Final = 2.0
"""An answer may leave 0 to 1, so that its mean over samples is not pushed inwards; beyond these it is cut."""

_HALVINGS = 45


class Mixture(NamedTuple):
    """What one method fits: a binned score of the data, the protons and the kaons.

    Attributes
    ----------
    n_bins : int
        Bins of the score.
    data_bins, proton_bins, kaon_bins : (n,) arrays
        Bin of each track.
    data_fitted : (n_data,) array of bool
        Tracks that the fit explains; those of the others are the kaon
        template, if `kaon_bins` is None.
    proton_fitted : (n_proton,) array of bool
        Whether such a proton, injected, would be among the fitted data.
    kaon_bins : (n_kaon,) array or None
        None for a template out of the data, or for none at all.
    empty_top : bool
        No kaon template: the highest bin is taken to hold no kaon.
    """

    n_bins: int
    data_bins: Ints
    proton_bins: Ints
    data_fitted: Bools
    proton_fitted: Bools
    kaon_bins: Ints | None = None
    empty_top: bool = False


class Weights(NamedTuple):
    """How often each track counts in each resample, (resamples, n) each, and tracks that stand for empty bins."""

    data: Floats
    proton: Floats
    kaon: Floats
    spread: Floats


def fit_share(data: Floats, signal: Floats, rest: Floats) -> Floats:
    """Give the share of `signal` in `data` of the largest likelihood; the rest is `rest`.

    Maximises sum d log(share s + (1 - share) r) over the bins, whose
    derivative falls with the share, by halving.

    Parameters
    ----------
    data : (..., bins) array
        Counts or shares of the mixture.
    signal, rest : (..., bins) arrays
        Shares of the templates.

    Returns
    -------
    (...) array
        NaN without data. Below 0 or above 1 where the data ask for it, as
        far as no bin of the mixture becomes negative and within `LOWEST` and `HIGHEST`.
    """
    data, signal, rest = np.broadcast_arrays(data, signal, rest)
    difference = signal - rest
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = np.where(difference != 0, -rest / difference, np.nan)
    low = np.where(difference > 0, zero, -np.inf)
    high = np.where(difference < 0, zero, np.inf)
    low = np.maximum(np.nan_to_num(low, nan=-np.inf).max(axis=-1), LOWEST)
    high = np.minimum(np.nan_to_num(high, nan=np.inf).min(axis=-1), HIGHEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = data * difference / (rest + middle[..., None] * difference)
        rising = np.where(data > 0, terms, 0.0).sum(axis=-1) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(data.sum(axis=-1) > 0, (low + high) / 2, np.nan)


def answer(mixture: Mixture, weights: Weights, template: Floats, *, injected: float = 0.0) -> Floats:
    """Give the number of protons per track of the data, after known ones were added.

    Parameters
    ----------
    mixture : Mixture
        The method.
    weights : Weights
        Resamples.
    template : (splits, n_proton) array
        1 for protons of the template, 0 for those that are injected.
    injected : float
        Weight of the injected protons, per unit of weight of the data.

    Returns
    -------
    (resamples, splits) array
        An unbiased answer rises by 1 per injected proton.
    """
    n_bins = mixture.n_bins
    fitted = _binned(weights.data * mixture.data_fitted, mixture.data_bins, n_bins)[:, None]
    outside = _binned(weights.data * ~mixture.data_fitted, mixture.data_bins, n_bins)[:, None]
    whole = weights.data.sum(axis=1)[:, None]
    spread = weights.spread[:, None]
    signal = _binned_splits(weights.proton, template, mixture) + spread[..., 0, :]
    if injected:
        added = 1 - template
        scale = (injected * whole / (weights.proton @ added.T))[..., None]
        fitted = fitted + scale * _binned_splits(weights.proton, added * mixture.proton_fitted, mixture)
        outside = outside + scale * _binned_splits(weights.proton, added * ~mixture.proton_fitted, mixture)
    if mixture.empty_top:
        rest = np.r_[np.ones(n_bins - 1) / (n_bins - 1), 0.0]
    else:
        kaons = outside if mixture.kaon_bins is None else _binned(weights.kaon, mixture.kaon_bins, n_bins)[:, None]
        rest = _shares(kaons + spread[..., 1, :])
    # a resample of few tracks must not take an empty bin for one that cannot be filled
    share = fit_share(fitted + spread[..., 2, :], _shares(signal), rest)
    return np.asarray(share * fitted.sum(axis=-1) / whole)


def resample(mixture: Mixture, rng: np.random.Generator, resamples: int) -> Weights:
    """Draw the weights of a Bayesian bootstrap, Rubin, Ann. Stat. 9 (1981) 130, of data and templates.

    One track more is spread over the bins of each (Perks' prior), so that
    a bin that happens to be empty does not count as one that can never be filled.
    """
    n_kaon = 0 if mixture.kaon_bins is None else len(mixture.kaon_bins)
    data, proton, kaon = (
        rng.standard_exponential((resamples, n)) for n in (len(mixture.data_bins), len(mixture.proton_bins), n_kaon)
    )
    return Weights(data, proton, kaon, rng.standard_gamma(1 / mixture.n_bins, (resamples, 3, mixture.n_bins)))


def as_found(mixture: Mixture) -> Weights:
    """Give each track the weight 1, and each template's bins one track more between them."""
    n_kaon = 0 if mixture.kaon_bins is None else len(mixture.kaon_bins)
    spread = np.full((1, 3, mixture.n_bins), 1 / mixture.n_bins)
    spread[:, 2] = 0
    return Weights(
        np.ones((1, len(mixture.data_bins))), np.ones((1, len(mixture.proton_bins))), np.ones((1, n_kaon)), spread
    )


def goodness(mixture: Mixture, rng: np.random.Generator, toys: int) -> float:
    """Give the p-value of the fit: the share of toys, data and templates drawn from it, with a larger deviance.

    NaN without a kaon template, whose fit explains any data.
    """
    if mixture.empty_top or not mixture.data_fitted.any():
        return np.nan
    n_bins = mixture.n_bins
    data = np.bincount(mixture.data_bins[mixture.data_fitted], minlength=n_bins).astype(np.float64)
    signal = np.bincount(mixture.proton_bins, minlength=n_bins).astype(np.float64)
    kaon_bins = mixture.data_bins[~mixture.data_fitted] if mixture.kaon_bins is None else mixture.kaon_bins
    rest = np.bincount(kaon_bins, minlength=n_bins).astype(np.float64)
    observed, expected = _deviance(data, signal, rest)
    drawn = [
        rng.multinomial(int(counts.sum()), shares, toys).astype(np.float64)
        for counts, shares in (
            (data, expected),
            (signal, _shares(signal + 1 / n_bins)),
            (rest, _shares(rest + 1 / n_bins)),
        )
    ]
    return float((1 + (_deviance(*drawn)[0] >= observed - 1e-9).sum()) / (1 + toys))


def _deviance(data: Floats, signal: Floats, rest: Floats) -> tuple[Floats, Floats]:
    n_bins = data.shape[-1]
    templates = [_shares(counts + 1 / n_bins) for counts in (signal, rest)]
    share = np.clip(fit_share(data, *templates), 0.0, 1.0)[..., None]
    expected = share * templates[0] + (1 - share) * templates[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(data > 0, data * np.log(data / (expected * data.sum(axis=-1, keepdims=True))), 0.0)
    return 2 * logs.sum(axis=-1), expected


def _binned(weights: Floats, bins: Ints, n_bins: int) -> Floats:
    """Sum the last axis within each bin."""
    return np.asarray(weights @ (bins[:, None] == np.arange(n_bins)).astype(np.float64))


def _binned_splits(weights: Floats, used: Floats, mixture: Mixture) -> Floats:
    """Sum the protons of each split within each bin: (resamples, n), (splits, n) to (resamples, splits, bins)."""
    places = (mixture.proton_bins[:, None] == np.arange(mixture.n_bins)) * used[..., None]
    return np.tensordot(weights, places, axes=(1, 1))


def _shares(counts: Floats) -> Floats:
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))

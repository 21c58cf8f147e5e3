"""The beamline mass of the kaon-tagged tracks: a peak fit that never looks at the chamber."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.seeds import generator
from rootline.lartpc.analyses.mass_model import (
    COMPONENTS,
    PARAMETERS,
    MassModel,
    Point,
    Quantity,
    first_starts,
    fit_spectrum,
    profile_interval,
)
from rootline.lartpc.analyses.settings.beam_mass import BeamMassConfig
from rootline.lartpc.analyses.statistics import Floats, wilson_interval
from rootline.lartpc.analyses.tables import is_picky

MASS_KEY = ("selection", "quantity")
MASS_COLUMNS = ("selection", "quantity", "value", "low", "high", "p_value", "n")
BINS_KEY = ("selection", "mass_low")
BINS_COLUMNS = ("selection", "mass_low", "mass_high", "count", "expected", *COMPONENTS)

SELECTIONS = ("picky", "all")
"""Tracks with p == 1, and all of them."""

FITTED = (
    *PARAMETERS[:3],
    "background_in_window",
    "protons_in_window",
    "contamination_in_window",
    "kaons_in_window",
    "deviance",
    "peak",
)


def fit_beam_mass(tracks: pd.DataFrame, options: BeamMassConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit the beamline mass spectrum of the tagged tracks, picky ones and all.

    Extended binned Poisson likelihood of `mass_model`, the best of several
    starts. Intervals, 95 %, are of the profile likelihood, so that a tail of
    nothing has an upper end. Both p-values come from toys, because many bins
    hold next to nothing: of the deviance among spectra drawn from the fit, and of twice
    the gain in log-likelihood by the peak among spectra drawn from the fit
    without one, each toy searched for the peak in the whole window.

    A mass below zero (a particle measured faster than light: the square is
    negative, its sign kept) is a value like any other and lies below the
    range. A missing one is counted and takes no part.

    Parameters
    ----------
    tracks : data frame
        particle, p (1 is picky, may be null) and beamline_mass [MeV/c2] (may be null).
    options : BeamMassConfig
        Range, bins and window.

    Returns
    -------
    fit : data frame
        One row per selection and quantity: value, low, high, p_value, n (tracks
        in the range). Quantities: kaons [tracks], mean, width [MeV/c2],
        background_in_window (both tails), protons_in_window (the tail that
        rises with mass), kaons_in_window [tracks], contamination_in_window
        (protons over all expected there), deviance, peak (twice the gain in
        log-likelihood); counted, not fitted: n_tagged, n_missing, n_negative, n_below
        (the range, negative ones included), n_above, proton_share (of the
        tracks with a mass, those in the proton window, with Wilson's interval).
    spectrum : data frame
        One row per selection and bin: mass_low, mass_high, count, expected, and
        the expected kaons, left and right tail; NaN without a fit.
    """
    tagged = tracks[tracks["particle"] == options.particle]
    picky = is_picky(tagged, ["p"])
    masses = tagged["beamline_mass"].to_numpy(dtype=np.float64, na_value=np.nan)
    records: list[dict[str, Any]] = []
    spectra = []
    for selection, chosen in zip(SELECTIONS, (masses[picky], masses), strict=True):
        found, spectrum = _fit_selection(chosen, options, selection)
        records += [{"selection": selection, **record} for record in found]
        spectra.append(spectrum.assign(selection=selection))
    numbers = dict.fromkeys(("value", "low", "high", "p_value"), "float64") | {"n": "int64"}
    fit = pd.DataFrame.from_records(records).reindex(columns=list(MASS_COLUMNS)).astype(numbers)
    return fit, pd.concat(spectra, ignore_index=True)[list(BINS_COLUMNS)]


def mass_edges(options: BeamMassConfig) -> Floats:
    """Give the edges of the bins [MeV/c2], from the first to the last mass of the range."""
    low, high = options.fit_range
    edges = np.arange(low, high - 1e-6 * options.bin_width, options.bin_width, dtype=np.float64)
    return np.append(edges, high)


def _fit_selection(
    masses: Floats, options: BeamMassConfig, selection: str
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    edges = mass_edges(options)
    known = masses[np.isfinite(masses)]
    fitted = known[(known >= edges[0]) & (known < edges[-1])]
    counts = np.histogram(fitted, edges)[0].astype(np.float64)
    records = list(_count(masses, known, options, len(fitted)))
    spectrum = pd.DataFrame({"mass_low": edges[:-1], "mass_high": edges[1:], "count": counts.astype(np.int64)})
    if len(fitted) < options.min_tracks:
        records += [{"quantity": name, "value": np.nan, "n": len(fitted)} for name in FITTED]
        return records, spectrum.assign(expected=np.nan, **dict.fromkeys(COMPONENTS, np.nan))
    model = MassModel(edges, options.window, options.width_max)
    best = fit_spectrum(model, counts, first_starts(model, counts))
    parts = model.components(best[0])
    rng = generator(options.seed, "beam mass", selection)
    records += [{**record, "n": len(fitted)} for record in _measure(model, counts, best)]
    records += [{**record, "n": len(fitted)} for record in _judge(model, counts, best, rng, options.toys)]
    return records, spectrum.assign(expected=parts.sum(axis=0), **dict(zip(COMPONENTS, parts, strict=True)))


def _count(masses: Floats, known: Floats, options: BeamMassConfig, n: int) -> Iterator[dict[str, Any]]:
    low, high = options.fit_range
    counts = {
        "n_tagged": len(masses),
        "n_missing": len(masses) - len(known),
        "n_negative": int((known < 0).sum()),
        "n_below": int((known < low).sum()),
        "n_above": int((known >= high).sum()),
    }
    for quantity, value in counts.items():
        yield {"quantity": quantity, "value": float(value), "n": n}
    first, last = options.proton_window
    protons = int(((known >= first) & (known < last)).sum())
    share = protons / len(known) if len(known) else np.nan
    ends = wilson_interval(protons, len(known))
    yield {"quantity": "proton_share", "value": share, "low": ends.low, "high": ends.high, "n": len(known)}


def _measure(model: MassModel, counts: Floats, best: Point) -> Iterator[dict[str, Any]]:
    def parameter(number: int) -> Quantity:
        return lambda values: (float(values[number]), np.eye(len(PARAMETERS))[number])

    def background(values: Floats) -> tuple[float, Floats]:
        (left, left_slope), (right, right_slope) = model.in_window(values, 1), model.in_window(values, 2)
        return left + right, left_slope + right_slope

    def protons(values: Floats) -> tuple[float, Floats]:
        return model.in_window(values, 2)

    def kaons(values: Floats) -> tuple[float, Floats]:
        return model.in_window(values, 0)

    quantities = {name: parameter(number) for number, name in enumerate(PARAMETERS[:3])}
    quantities |= {"background_in_window": background, "protons_in_window": protons, "kaons_in_window": kaons}
    whole = kaons(best[0])[0] + background(best[0])[0]
    for name, quantity in quantities.items():
        value = quantity(best[0])[0]
        low, high = profile_interval(model, counts, best, quantity)
        yield {"quantity": name, "value": value, "low": low, "high": high}
        if name == "protons_in_window":
            # the sum in the window is known far better than the tail under it
            ends = {"low": low / whole, "high": min(high / whole, 1.0)}
            yield {"quantity": "contamination_in_window", "value": value / whole, **ends}


def _judge(
    model: MassModel, counts: Floats, best: Point, rng: np.random.Generator, toys: int
) -> Iterator[dict[str, Any]]:
    deviance = _deviance(counts, model.expected(best[0]))
    reached = []
    for toy in rng.poisson(model.expected(best[0]), (toys, len(counts))).astype(np.float64):
        refit = fit_spectrum(model, toy, [best[0]])
        reached.append(_deviance(toy, model.expected(refit[0])))
    yield {"quantity": "deviance", "value": deviance, "p_value": _p_value(deviance, reached)}
    starts = first_starts(model, counts)
    without = fit_spectrum(model, counts, starts[1:2], peak=False)
    gain = 2 * max(without[1] - best[1], 0.0)
    gains = []
    for toy in rng.poisson(model.expected(without[0]), (toys, len(counts))).astype(np.float64):
        empty = fit_spectrum(model, toy, [without[0]], peak=False)
        full = fit_spectrum(model, toy, [*first_starts(model, toy)[2:], empty[0]])
        gains.append(2 * max(empty[1] - full[1], 0.0))
    yield {"quantity": "peak", "value": gain, "p_value": _p_value(gain, gains)}


def _deviance(counts: Floats, expected: Floats) -> float:
    expected = np.maximum(expected, 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log(counts / expected), 0.0)
    return float(2 * (expected - counts + logs).sum())


def _p_value(observed: float, toys: list[float]) -> float:
    return float((1 + (np.array(toys) >= observed - 1e-9).sum()) / (1 + len(toys)))

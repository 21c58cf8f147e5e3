"""Contamination of accepted tracks by their squared mass: what needs no truth, beside the truth where there is one.

A track that is accepted as a kaon and has the squared mass of a pion is a
contamination, or has a hit of another track. A model that is given the
velocity selects on the squared mass itself, so that what is left to see is
less than there is: for such a model the estimate is a lower bound, but for
mismatched tracks, whose mass is wrong whatever they are.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.binomial import clopper_pearson
from rootline.pid.analyses.settings.masses import MassesConfig

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MASSES_KEY: Final = ("sample", "model", "species", "pt_low")
BINS_KEY: Final = ("sample", "model", "species", "mass2_low")

ALL: Final = "all"
"""In the place of model and species: every track that is judged and has a TOF signal."""

JUDGED_PART: Final = "test"
"""Of a sample that has parts, because models learnt from it: a model makes fewer mistakes on what it learnt from."""


class Accepted(NamedTuple):
    """Which tracks of a sample a model takes for a species, (n,)."""

    sample: str
    model: str
    species: str
    accepted: Bools


class Masses(NamedTuple):
    """Contamination by sample, model, species and transverse momentum, and the histograms of squared mass."""

    numbers: pd.DataFrame
    bins: pd.DataFrame


def squared_mass(momentum: Floats, beta: Floats) -> Floats:
    """Give m^2 = p^2 (1 / beta^2 - 1) [GeV^2/c^4] of momenta [GeV/c] and velocities, (n,); negative where beta is above 1."""
    return np.asarray(momentum**2 * (1 / beta**2 - 1))


def mass_resolution(momentum: Floats, beta: Floats, time: Floats, options: MassesConfig) -> Floats:
    """Give the standard deviation of the squared mass [GeV^2/c^4], (n,).

    The first-order propagation of independent errors through `squared_mass`
    with beta = L / (c t): d(m^2) = 2 p^2 / beta^2 dt / t and
    d(m^2) = 2 m^2 dp / p, added in quadrature; times in ps.
    """
    by_time = 2 * momentum**2 / beta**2 * options.time_ps / time
    by_momentum = 2 * squared_mass(momentum, beta) * options.momentum
    return np.hypot(by_time, by_momentum)


def is_foreign(mass2: Floats, width: Floats, species: str, masses: Mapping[str, float], threshold: float) -> Bools:
    """Tell which tracks lie farther than the threshold from their own species, and nearer to another one, (n,).

    A species whose squared mass is within the threshold of their own is no
    other one: a muon is no pion, but no squared mass says so. Were it one, all
    the tail of the pions towards light masses would lie nearer to it.
    """
    own2 = masses[species] ** 2
    own = np.abs(mass2 - own2)
    foreign = np.zeros(len(mass2), dtype=bool)
    for name, mass in masses.items():
        if name != species:
            is_apart = abs(mass**2 - own2) > threshold * width
            foreign |= is_apart & (np.abs(mass2 - mass**2) < own)
    return np.asarray(foreign & (own > threshold * width))


def measure_masses(
    tracks: Mapping[str, pd.DataFrame],
    accepted: Iterable[Accepted],
    masses: Mapping[str, float],
    options: MassesConfig,
) -> Masses:
    """Estimate the contamination of selections.

    Parameters
    ----------
    tracks : mapping
        Tracks by sample, with species, fPt, fP, fBeta and fTOFSignal; of those without a TOF signal nothing is known
        here. Where they have a ``part``, those of `JUDGED_PART` alone count.
    accepted : iterable of Accepted
        What is judged.
    masses : mapping
        Mass of each species [GeV/c2].
    options : MassesConfig
        Bins and resolutions.

    Returns
    -------
    Masses
        In ``numbers`` a row per sample, model, species and bin: n accepted
        and judged with TOF, the share ``estimated`` of them by the squared mass, and the
        share ``true`` by the truth, which is NaN where there is none; both
        with their Clopper-Pearson intervals.
    """
    numbers, bins = [], []
    known = {}
    for sample, table in tracks.items():
        momentum, beta = (table[name].to_numpy(dtype=np.float64) for name in ("fP", "fBeta"))
        seen = np.isfinite(beta) & (beta > 0)
        if "part" in table:
            seen &= (table["part"] == JUDGED_PART).to_numpy(dtype=bool)
        with np.errstate(invalid="ignore", divide="ignore"):
            mass2 = squared_mass(momentum, beta)
            width = mass_resolution(momentum, beta, table["fTOFSignal"].to_numpy(dtype=np.float64), options)
        known[sample] = (seen, mass2, width)
        bins.append(_histogram(Accepted(sample, ALL, ALL, seen), mass2, seen, options))
    for chosen in accepted:
        seen, mass2, width = known[chosen.sample]
        numbers.append(_contamination(chosen, tracks[chosen.sample], mass2, width, seen, masses, options))
        bins.append(_histogram(chosen, mass2, seen, options))
    return Masses(pd.concat(numbers, ignore_index=True), pd.concat(bins, ignore_index=True))


def _contamination(
    chosen: Accepted,
    table: pd.DataFrame,
    mass2: Floats,
    width: Floats,
    seen: Bools,
    masses: Mapping[str, float],
    options: MassesConfig,
) -> pd.DataFrame:
    judged = chosen.accepted & seen
    foreign = np.zeros(len(table), dtype=bool)
    foreign[judged] = is_foreign(mass2[judged], width[judged], chosen.species, masses, options.threshold)
    pt = table["fPt"].to_numpy(dtype=np.float64)
    n = np.histogram(pt[judged], options.pt_edges)[0]
    has_truth = bool(table["species"].notna().any())
    wrong = judged & (table["species"] != chosen.species).to_numpy(dtype=bool)
    found = {
        "sample": chosen.sample,
        "model": chosen.model,
        "species": chosen.species,
        "pt_low": options.pt_edges[:-1],
        "pt_high": options.pt_edges[1:],
        "n": n,
    }
    for name, which, of in (("estimated", foreign, n), ("true", wrong, n if has_truth else np.zeros_like(n))):
        count = np.histogram(pt[which], options.pt_edges)[0]
        share = clopper_pearson(np.where(of > 0, count, 0), of)
        found |= {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}
    return pd.DataFrame(found)


def _histogram(chosen: Accepted, mass2: Floats, seen: Bools, options: MassesConfig) -> pd.DataFrame:
    edges = np.linspace(*options.range_gev2, options.bins + 1)
    counts = np.histogram(mass2[chosen.accepted & seen], edges)[0]
    return pd.DataFrame(
        {
            "sample": chosen.sample,
            "model": chosen.model,
            "species": chosen.species,
            "mass2_low": edges[:-1],
            "mass2_high": edges[1:],
            "count": counts,
        }
    )

"""How large a shift of the mixture of species two samples of some size can show."""

from typing import Any, Final

import numpy as np

from rootline.lartpc.analyses.settings.parts import PartsConfig
from rootline.lartpc.analyses.statistics import Floats, Ints, wilson_interval
from rootline.lartpc.analyses.two_sample import standard_distances, weighted_energies

SHIFTS: Final = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
"""Shifts at which the power is found, beside the configured one."""

POWER: Final = 0.8
LEVEL: Final = 0.05
_NULL_DRAWS = 5  # times as many mixtures without a shift, for the quantile of the null

Pools = tuple[Ints, Ints]


def shifted_rows(pools: Pools, sizes: dict[str, int], shift: float, rng: np.random.Generator) -> Pools | None:
    """Draw two samples that share no row, the second with a larger share of the first pool.

    The two shares lie around one half, symmetrically. Where the pools are too
    small, both samples shrink.

    Parameters
    ----------
    pools : pair of arrays
        Rows of one species, and of another.
    sizes : dict
        n_train and n_other, the wanted sizes.
    shift : float
        Difference of the shares.

    Returns
    -------
    pair of arrays or None
        Rows of the first and the second sample; None if nothing fits.
    """
    low, high = (1 - shift) / 2, (1 + shift) / 2
    n, m = sizes["n_train"], sizes["n_other"]
    need = (n * low + m * high, n * (1 - low) + m * (1 - high))
    scale = min(1.0, *(len(pool) / wanted for pool, wanted in zip(pools, need, strict=True)))
    n, m = int(scale * n), int(scale * m)
    first, second = round(n * low), round(m * high)
    shuffled = [rng.permutation(pool) for pool in pools]
    if min(n, m) < 2 or first + second > len(pools[0]) or n - first + m - second > len(pools[1]):
        return None
    ones = np.split(shuffled[0], [first, first + second])
    twos = np.split(shuffled[1], [n - first, n - first + m - second])
    return np.r_[ones[0], twos[0]], np.r_[ones[1], twos[1]]


def measure_power(
    mus: Floats, pools: Pools, sizes: dict[str, int], options: PartsConfig, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Find how often the energy distance tells drawn mixtures apart at the 5 % level, per shift.

    The level is that of mixtures drawn without a shift. A shift for which the pools are too small is left out.
    """
    limit = 2 * options.max_tracks
    thinned = [pool if len(pool) <= limit else rng.permutation(pool)[:limit] for pool in pools]
    distances = standard_distances(mus[np.concatenate(thinned)])
    places = (np.arange(len(thinned[0])), len(thinned[0]) + np.arange(len(thinned[1])))
    null = _draw(distances, places, sizes, 0.0, _NULL_DRAWS * options.power_draws, rng)
    if null is None:
        return []
    threshold = np.quantile(null, 1 - LEVEL)
    records = []
    for shift in sorted({*SHIFTS, options.shift}):
        drawn = _draw(distances, places, sizes, shift, options.power_draws, rng)
        if drawn is None:
            continue
        seen = int((drawn > threshold).sum())
        low, high = wilson_interval(seen, len(drawn))
        record = {"shift": shift, "power": seen / len(drawn), "low": low, "high": high, "n_draws": len(drawn)}
        records.append({**record, **sizes})
    return records


def needed(power: list[dict[str, Any]], n_other: int, shift: float) -> tuple[float, float]:
    """Give the shift that is seen with a power of 80 %, and how many tracks of the other part `shift` would need.

    The energy distance of two mixtures grows as the square of the shift and
    its scatter without one falls as 1/n, so that the shift seen falls as
    1/sqrt(n). Beyond the largest shift that was drawn the same square
    extrapolates; NaN where even that one is not told from the level.
    """
    from scipy.special import ndtri

    if not power:
        return np.nan, np.nan
    shifts = np.array([0.0, *(row["shift"] for row in power)])
    # a power cannot fall with the shift; where the few draws say so, it is the scatter
    shares = np.maximum.accumulate(np.array([LEVEL, *(row["power"] for row in power)]))
    if shares[-1] >= POWER:
        place = int(np.argmax(shares >= POWER))
        seen = float(np.interp(POWER, shares[place - 1 : place + 1], shifts[place - 1 : place + 1]))
    elif power[-1]["low"] > LEVEL:
        wanted, reached = (float(ndtri(share) - ndtri(LEVEL)) for share in (POWER, shares[-1]))
        seen = float(shifts[-1] * np.sqrt(wanted / reached))
    else:
        return np.nan, np.nan
    return seen, float(np.ceil(n_other * (seen / shift) ** 2))


def _draw(
    distances: Floats, pools: Pools, sizes: dict[str, int], shift: float, draws: int, rng: np.random.Generator
) -> Floats | None:
    """Energy distances of drawn mixtures, (draws,); None where the pools cannot fill the sizes."""
    weights = np.zeros((len(distances), draws))
    for number in range(draws):
        rows = shifted_rows(pools, sizes, shift, rng)
        if rows is None or [len(each) for each in rows] != [sizes["n_train"], sizes["n_other"]]:
            return None
        weights[rows[0], number] = -1 / len(rows[0])
        weights[rows[1], number] = 1 / len(rows[1])
    return weighted_energies(distances, weights)

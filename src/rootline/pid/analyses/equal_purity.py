"""What a model finds where it is as pure as the n-sigma rule, bin by bin in transverse momentum."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.pid.analyses.scored import Floats, Scored
from rootline.pid.analyses.settings.comparison import ComparisonConfig
from rootline.pid.selection import cut_at_purity, measure_selection

EQUAL_PURITY_KEY: Final = ("model", "species", "pt_low")

VERDICTS: Final = ("above", "overlap", "below")
"""What a bin says of a model beside n-sigma; an empty text where it has too few tracks."""

LESS_PURE: Final = "less pure"
"""In the place of above, where the model turned out less pure on the test part: its efficiency is not at equal purity."""


def compare_at_equal_purity(
    val: Scored,
    test: Scored,
    rule_val: Scored,
    rule_test: Scored,
    options: ComparisonConfig,
    *,
    species: str,
) -> pd.DataFrame:
    """Cut a model's score in each bin so that it is as pure as n-sigma, and compare the efficiencies.

    The cut is the lowest at which the val part is as pure as n-sigma is there.
    Both are then counted on the test part, where the purities may differ again.

    Parameters
    ----------
    val, test : Scored
        Tracks of both parts with the model's score.
    rule_val, rule_test : Scored
        The same tracks as n-sigma takes them.
    options : ComparisonConfig
        Bins, crossing regions, and how many tracks it takes to judge.
    species : str
        Which it is, for its crossing region.

    Returns
    -------
    data frame
        A row per bin: pt_low, pt_high [GeV/c], is_crossing; of n-sigma nsigma_purity and nsigma_efficiency; the
        model's cut (NaN where n-sigma takes nothing in the val part, infinite where no cut is that pure), and the
        purity and efficiency that it reaches; each with _low and _high (Clopper-Pearson, 95 %). n_species,
        n_nsigma_accepted, n_nsigma_right, n_accepted, n_right (test part), val_purity of n_val_accepted tracks that
        n-sigma takes in the val part. verdict of the efficiency and purity_verdict: above or below n-sigma where the
        intervals are apart, else overlap; empty where too few tracks are there; `LESS_PURE` for an efficiency above at a
        purity below.
    """
    edges = np.asarray(options.pt_edges)
    of_val = measure_selection(rule_val.pt, rule_val.is_species, rule_val.accepted, options.pt_edges)
    of_rule = measure_selection(rule_test.pt, rule_test.is_species, rule_test.accepted, options.pt_edges)
    aims = of_val["purity"].to_numpy(dtype=np.float64)
    cuts = _cuts(val, edges, aims)
    places = _bins(test.pt, edges)
    # outside the bins the last cut stands, which counts nowhere
    accepted = test.score >= cuts[places]
    table = measure_selection(test.pt, test.is_species, accepted, options.pt_edges)
    no_aim = np.isnan(aims)
    shares = [f"{name}{end}" for name in ("purity", "efficiency") for end in ("", "_low", "_high")]
    table.loc[no_aim, shares] = np.nan
    low, high = options.crossing.get(species, (np.inf, np.inf))  # type: ignore[call-overload]  # any species may ask
    middle = (table["pt_low"] + table["pt_high"]) / 2
    enough = (
        pd.concat([of_val["n_accepted"], of_rule["n_accepted"], table["n_species"]], axis=1).min(axis=1)
        >= options.min_tracks
    )
    table = table.assign(
        cut=cuts,
        is_crossing=(middle >= low) & (middle < high),
        val_purity=aims,
        n_val_accepted=of_val["n_accepted"],
        n_nsigma_accepted=of_rule["n_accepted"],
        n_nsigma_right=of_rule["n_right"],
        **{f"nsigma_{share}": of_rule[share] for share in shares},
    )
    for verdict, share in (("verdict", "efficiency"), ("purity_verdict", "purity")):
        table[verdict] = np.where(enough, _verdicts(table, share), "")
    bought = (table["verdict"] == "above") & (table["purity_verdict"] == "below")
    return table.assign(verdict=table["verdict"].mask(bought, LESS_PURE))


def _cuts(val: Scored, edges: Floats, aims: Floats) -> Floats:
    """Give the cut of each bin."""
    places = _bins(val.pt, edges)
    cuts = np.full(len(aims), np.nan)
    for place, aim in enumerate(aims):
        if np.isfinite(aim):
            inside = places == place
            # a share that was rounded up must not ask for one track more
            cuts[place] = cut_at_purity(val.score[inside], val.is_species[inside], float(np.nextafter(aim, 0)))
    return cuts


def _bins(pt: Floats, edges: Floats) -> NDArray[np.int64]:
    """Give the bin of each track as NumPy's histogram counts it, -1 outside."""
    places = np.searchsorted(edges, pt, side="right") - 1
    places[pt == edges[-1]] = len(edges) - 2
    places[(pt < edges[0]) | (pt > edges[-1])] = -1
    return places.astype(np.int64)


def _verdicts(table: pd.DataFrame, share: str) -> NDArray[np.str_]:
    """Say where the model's interval of a share lies beside that of n-sigma; empty where either has none."""
    low, high = table[f"{share}_low"].to_numpy(), table[f"{share}_high"].to_numpy()
    rule_low, rule_high = table[f"nsigma_{share}_low"].to_numpy(), table[f"nsigma_{share}_high"].to_numpy()
    known = np.isfinite(low) & np.isfinite(rule_low)
    return np.select([~known, low > rule_high, high < rule_low], ["", "above", "below"], "overlap")

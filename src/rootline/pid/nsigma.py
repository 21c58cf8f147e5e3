"""The rule that every model has to beat: a track is a particle if its signals lie near those expected of it."""

from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from rootline.core.config import Section
from rootline.pid.species import SUFFIXES

NSIGMA: Final = "nsigma"
"""What the rule is called where models stand."""


class NSigmaConfig(Section):
    """The n-sigma rule."""

    variable: Literal["pt", "p"] = Field(
        "pt", description="Momentum that decides which detectors count: transverse or full."
    )
    switch: PositiveFloat = Field(
        0.5, description="Up to here the TPC alone counts, above TPC and TOF together [GeV/c]."
    )
    threshold: PositiveFloat = Field(2.0, description="Largest distance from the expectation [standard deviations].")
    without_tof: Literal["reject", "tpc"] = Field(
        "reject",
        description="What becomes of a track above the switch that no TOF has seen: rejected, or judged by the TPC.",
    )


def accept(tracks: pd.DataFrame, species: str, rule: NSigmaConfig) -> NDArray[np.bool_]:
    """Tell which tracks the rule takes for a species, (n,).

    Up to the switch ``|n_TPC| < threshold``, above it ``sqrt(n_TPC^2 + n_TOF^2) < threshold``.

    Parameters
    ----------
    tracks : data frame
        With the columns fP or fPt, and ``fTPCNSigma<Xx>`` and ``fTOFNSigma<Xx>`` of the species, NaN where there is no signal.
    """
    return distance(tracks, species, rule) < rule.threshold


def distance(tracks: pd.DataFrame, species: str, rule: NSigmaConfig) -> NDArray[np.float64]:
    """Give the distance from what is expected of a species [standard deviations], (n,); infinite for a track that is rejected.

    Cut at another value than the threshold it is a score, as models have one.
    """
    suffix = SUFFIXES[species]
    momentum = tracks["fPt" if rule.variable == "pt" else "fP"].to_numpy(dtype=np.float64)
    tpc = np.abs(tracks[f"fTPCNSigma{suffix}"].to_numpy(dtype=np.float64))
    tof = tracks[f"fTOFNSigma{suffix}"].to_numpy(dtype=np.float64)
    both = np.hypot(tpc, tof)
    if rule.without_tof == "tpc":
        both = np.where(np.isnan(tof), tpc, both)
    found = np.where(momentum <= rule.switch, tpc, both)
    return np.where(np.isnan(found), np.inf, found)

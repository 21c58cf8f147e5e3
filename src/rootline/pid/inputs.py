"""What models are given of a track: 16 numbers, standardised, NaN where a detector has not seen it."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.pid.columns import INPUTS, TOGETHER
from rootline.pid.species import SPECIES

Float32s = NDArray[np.float32]

UNSCALED: Final = frozenset({"fP", "fPx", "fPy", "fPz", "fSign"})
"""Momenta [GeV/c] and the sign are near 1 as they are."""

TARGETS: Final = tuple((species, sign) for species in ("pion", "kaon", "proton") for sign in (1, -1))
"""What the networks tell from all other tracks: particles and antiparticles, by the charge that was measured."""

TARGET_NAMES: Final = tuple(f"{species}{'+' if sign > 0 else '-'}" for species, sign in TARGETS)
"""How exported models call them."""

DETECTORS: Final = tuple(tuple(INPUTS.index(name) for name in pair if name in INPUTS) for pair in TOGETHER)
"""Places in `INPUTS` of the signals of each detector that may be missing."""


class Scaling(NamedTuple):
    """Means and standard deviations of the inputs, each (16,); 0 and 1 for those that stay as they are."""

    mean: Float32s
    spread: Float32s


def raw_inputs(tracks: pd.DataFrame) -> Float32s:
    """Give the inputs as they were measured, (n, 16) in the order of `INPUTS`."""
    return tracks[list(INPUTS)].to_numpy(dtype=np.float32)


def fit_scaling(inputs: Float32s) -> Scaling:
    """Take the scaling from the tracks that a model learns from, (n, 16); what is missing does not count.

    Raises
    ------
    UserError
        If an input is missing in all of them.
    """
    unseen = [name for name, column in zip(INPUTS, inputs.T, strict=True) if np.isnan(column).all()]
    if unseen:
        raise UserError(f"none of the {len(inputs)} tracks to learn from has {', '.join(unseen)}; give more tracks")
    scaled = np.array([name not in UNSCALED for name in INPUTS])
    # in double precision: sums of a million times of flight
    mean, spread = np.nanmean(inputs, axis=0, dtype=np.float64), np.nanstd(inputs, axis=0, dtype=np.float64)
    return Scaling(
        mean=np.where(scaled, mean, 0).astype(np.float32),
        spread=np.where(scaled & (spread > 0), spread, 1).astype(np.float32),
    )


def standardise(inputs: Float32s, scaling: Scaling) -> Float32s:
    """Give (inputs - mean) / spread, (n, 16); NaN stays NaN."""
    return (inputs - scaling.mean) / scaling.spread


def class_numbers(tracks: pd.DataFrame) -> NDArray[np.int64]:
    """Give the place of each track's species in `SPECIES`, -1 for another particle, (n,)."""
    places = {name: number for number, name in enumerate(SPECIES)}
    return np.asarray(tracks["species"].map(places).fillna(-1), dtype=np.int64)


def target_labels(tracks: pd.DataFrame) -> Float32s:
    """Tell which target each track is, (n, 6) of 0 and 1; a track of no target has none."""
    species, sign = tracks["species"].to_numpy(dtype=object), tracks["fSign"].to_numpy()
    return np.stack([(species == name) & (sign == of) for name, of in TARGETS], axis=1).astype(np.float32)

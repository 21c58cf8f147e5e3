"""The cluster finders: all connected regions of a plane, or the one that a rule picks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from rootline.core.device import module_of
from rootline.lartpc.labelling import (
    Array,
    Neighbours,
    PlanePixels,
    Regions,
    WirePlane,
    find_regions,
    pixels_above,
    select_regions,
)

Finder = Literal["connected", "longest", "contrast", "seeded"]
"""
connected: every region above threshold.
longest: the region above threshold with most pixels.
contrast: the region above threshold with the largest ratio of its highest to its lowest ADC.
seeded: the region around the plane's highest ADC, above a sixth of it; it knows no other threshold.

On ties the first region in raster order; for seeded, that of the first of the highest pixels. All but the first give at
most one region per plane.
"""

SEED_DIVISOR: Final = 6
"""A seeded region ends where the charge falls to the highest ADC divided by this."""


def pixels_for(plane: WirePlane, finder: Finder, *, threshold: int) -> PlanePixels:
    """Give the pixels of a plane that a finder looks at; the seeded one has a threshold of its own."""
    return pixels_above(plane, _threshold_of_highest(plane.image) if finder == "seeded" else threshold)


def find_regions_by(finder: Finder, planes: Sequence[PlanePixels], *, seed_neighbours: Neighbours = 8) -> Regions:
    """Find the regions that a finder gives of each of some planes.

    Parameters
    ----------
    finder : str
        One of `Finder`.
    planes : sequence of PlanePixels
        What `pixels_for` gave.
    seed_neighbours : 4 or 8
        Whether the seeded region grows across corners.
    """
    found = find_regions(planes, neighbours=seed_neighbours if finder == "seeded" else 8)
    if finder == "connected" or found.n_regions == 0:
        return found
    return select_regions(found, _pick(found, finder, len(planes)))


def _pick(found: Regions, finder: Finder, n_planes: int) -> list[int]:
    """Give the region that a finder wants of each plane that has any."""
    xp = module_of(found.region)
    if finder == "contrast":
        lowest = xp.full(found.n_regions, np.iinfo(np.int32).max, np.int32)
        xp.minimum.at(lowest, found.region, found.adc.astype(np.int32))
        rank = found.charge_max / lowest
    elif finder == "longest":
        rank = found.n_pixels
    else:
        # The first of the highest pixels decides; its region need not be the first that has one of them.
        rank = found.adc
    owner = found.region if finder == "seeded" else xp.arange(found.n_regions)
    limits = xp.searchsorted(found.plane[owner], xp.arange(n_planes + 1)).tolist()
    return [int(owner[begin + int(rank[begin:end].argmax())]) for begin, end in pairwise(limits) if begin < end]


def _threshold_of_highest(image: Array) -> int:
    highest = int(image.max()) if image.size else 0
    # For whole numbers, "above highest / 6" and "above the whole part of it" are the same.
    return max(highest, 0) // SEED_DIVISOR

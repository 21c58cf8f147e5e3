"""The cluster finders: all connected regions of a plane, or the one that a rule picks."""

from typing import Final, Literal

import numpy as np

from rootline.core.device import module_of
from rootline.lartpc.labelling import Array, Neighbours, Regions, find_regions, pick_region

Finder = Literal["connected", "longest", "contrast", "seeded"]
"""
connected: every region above threshold.
longest: the region above threshold with most pixels.
contrast: the region above threshold with the largest ratio of its highest to its lowest ADC.
seeded: the region around the plane's highest ADC, above a sixth of it; it knows no other threshold.

On ties the first one in raster order. All but the first give at most one region per plane.
"""

SEED_DIVISOR: Final = 6
"""A seeded region ends where the charge falls to the highest ADC divided by this."""


def find_plane_regions(image: Array, finder: Finder, *, threshold: int, seed_neighbours: Neighbours = 8) -> Regions:
    """Find the regions of one plane.

    Parameters
    ----------
    image : (n_wires, n_ticks) int16 array
        Pedestal-subtracted waveforms [ADC], NumPy or CuPy.
    finder : str
        One of `Finder`.
    threshold : int
        Pixels above it belong to a region [ADC].
    seed_neighbours : 4 or 8
        Whether the seeded region grows across corners.
    """
    if finder == "seeded":
        return _grow_from_highest(image, seed_neighbours)
    regions = find_regions(image, threshold)
    if finder == "connected" or regions.n_regions == 0:
        return regions
    if finder == "longest":
        return pick_region(regions, int(regions.n_pixels.argmax()))
    xp = module_of(image)
    lowest = xp.full(regions.n_regions, np.iinfo(np.int32).max, np.int32)
    xp.minimum.at(lowest, regions.region, regions.adc.astype(np.int32))
    return pick_region(regions, int((regions.charge_max / lowest).argmax()))


def _grow_from_highest(image: Array, neighbours: Neighbours) -> Regions:
    xp = module_of(image)
    highest = int(image.max()) if image.size else 0
    # For whole numbers, "above highest / 6" and "above the whole part of it" are the same.
    regions = find_regions(image, max(highest, 0) // SEED_DIVISOR, neighbours=neighbours)
    if regions.n_regions == 0:
        return regions
    seed = int(xp.argmax(regions.adc))  # pixels are in raster order: the first of equal ones
    return pick_region(regions, int(regions.region[seed]))

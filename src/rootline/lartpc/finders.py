"""The cluster finders: all connected regions of a plane, or the one that a rule picks."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from rootline.core.device import module_of
from rootline.lartpc.labelling import Array, Neighbours, Regions, WirePlane, find_regions_of, pick_region

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


def find_plane_regions(
    planes: Sequence[WirePlane], finder: Finder, *, thresholds: Sequence[int], seed_neighbours: Neighbours = 8
) -> list[Regions]:
    """Find the regions of each of some planes.

    Parameters
    ----------
    planes : sequence of WirePlane
        Pedestal-subtracted waveforms.
    finder : str
        One of `Finder`.
    thresholds : sequence of int
        Of each plane; pixels above it belong to a region [ADC].
    seed_neighbours : 4 or 8
        Whether the seeded region grows across corners.
    """
    if finder == "seeded":
        own = [_threshold_of_highest(plane.image) for plane in planes]
        found = find_regions_of(planes, own, neighbours=seed_neighbours)
    else:
        found = find_regions_of(planes, thresholds)
    if finder == "connected":
        return found
    return [pick_region(regions, _pick(regions, finder)) if regions.n_regions else regions for regions in found]


def _pick(regions: Regions, finder: Finder) -> int:
    xp = module_of(regions.region)
    if finder == "longest":
        return int(regions.n_pixels.argmax())
    if finder == "seeded":
        seed = int(xp.argmax(regions.adc))  # pixels are in raster order: the first of equal ones
        return int(regions.region[seed])
    lowest = xp.full(regions.n_regions, np.iinfo(np.int32).max, np.int32)
    xp.minimum.at(lowest, regions.region, regions.adc.astype(np.int32))
    return int((regions.charge_max / lowest).argmax())


def _threshold_of_highest(image: Array) -> int:
    highest = int(image.max()) if image.size else 0
    # For whole numbers, "above highest / 6" and "above the whole part of it" are the same.
    return max(highest, 0) // SEED_DIVISOR

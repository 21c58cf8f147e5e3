"""Arrays as text inside a page: little-endian bytes, compressed, in base64; charge in 8 bits on a logarithmic scale."""

import base64
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.analyses.statistics import Floats

LEVELS: Final = 256
CHUNK: Final = 128
"""Tracks whose images are unpacked together when one of them is looked at."""


class Profile(NamedTuple):
    """Charge along the wires of one plane of a track.

    Attributes
    ----------
    first_wire : int
        Wire of the plane that the first number belongs to.
    charge : (n_wires,) array
        Largest ADC of each wire.
    """

    first_wire: int
    charge: NDArray[np.floating]


def pack(array: NDArray[np.generic] | bytes) -> str:
    """Write an array's bytes, C order and little-endian, as compressed base64."""
    if not isinstance(array, bytes):
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
    return base64.b64encode(zlib.compress(array)).decode("ascii")


def charge_levels(largest: float) -> Floats:
    """Give the 256 charges [ADC] that 8 bits can stand for: 0, then equal steps of log(1 + charge) up to `largest`.

    Half a step is `largest` ** (1/510) - 1 of the charge: 1.8 % at 10,000 ADC.
    """
    return np.expm1(np.linspace(0, np.log1p(max(largest, 1.0)), LEVELS))


def quantise_charge(charge: NDArray[np.floating], levels: Floats) -> NDArray[np.uint8]:
    """Replace each charge by the number of the nearest level, on the logarithmic scale of `levels`.

    Charge below zero becomes 0, and what is positive at least 1, so that a
    lit pixel stays lit.
    """
    step = np.log1p(levels[-1]) / (LEVELS - 1)
    number = np.rint(np.log1p(np.clip(charge, 0, levels[-1])) / step)
    return np.where(charge > 0, np.maximum(number, 1), 0).astype(np.uint8)


def pack_chunk(
    images: NDArray[np.float32], profiles: Sequence[Sequence[Profile]], levels: Floats, profile_levels: Floats
) -> str:
    """Pack a few tracks: all images, then first wire and number of wires of each track and plane, then all profiles.

    Parameters
    ----------
    images : (n, plane, wires, ticks) array
        Raw ADC.
    profiles : one sequence per track
        One per plane.
    levels, profile_levels : (256,) arrays
        What `charge_levels` gave for all images and for all profiles.
    """
    flat = [profile for of_track in profiles for profile in of_track]
    places = np.array([(profile.first_wire, len(profile.charge)) for profile in flat], dtype="<u2")
    charges = np.concatenate([np.asarray(profile.charge, dtype=np.float64) for profile in flat])
    parts = [quantise_charge(images, levels), places, quantise_charge(charges, profile_levels)]
    return pack(b"".join(part.tobytes() for part in parts))

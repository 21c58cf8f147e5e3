"""Every random number starts here, from a seed in the config and the names of what it is for."""

import hashlib

import numpy as np


def seed_for(seed: int, *names: str | int) -> int:
    """Give a 63-bit seed that depends on all of `names`, the same on every machine.

    Two uses with different names get unrelated streams from one seed, so
    that one more event or run does not shift the numbers of the others.
    """
    text = "\0".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Give a NumPy generator (PCG64) for this seed and these names."""
    return np.random.Generator(np.random.PCG64(seed_for(seed, *names)))

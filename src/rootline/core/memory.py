"""Freed memory is kept for the next array, where the C library would hand it back to the system.

By default glibc unmaps each array above 128 kB, or a few MB, when it is freed.
A script that makes the same arrays event after event then pays for every page
of them again: a third of the CPU time of reading channel-mapped waveforms.
Arrow's own allocator takes memory in large pieces, which are slow to get and
of no use to NumPy; with the C library's a script's first table is read in half the time.
"""

import ctypes
import os
import sys
from typing import Final

# mallopt(3); the numbers are those of glibc's malloc.h.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3

_USERS_CHOICES: Final = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
_USERS_TUNABLES: Final = ("glibc.malloc.mmap_threshold", "glibc.malloc.trim_threshold")

_ARROW_VARIABLE: Final = "ARROW_DEFAULT_MEMORY_POOL"

_LARGEST_KEPT: Final = 32 << 20  # of one array [bytes]; glibc takes no more
_MOST_KEPT: Final = 256 << 20  # of what lies free at the end of the heap [bytes]


def keep_freed_memory() -> bool:
    """Let this process keep what it frees in pieces of up to 32 MB, for NumPy and Arrow alike.

    Of what lies free at the end of the heap it keeps up to 256 MB, below a
    block in use all of it, so that a process has what it needed at its peak.
    ARROW_DEFAULT_MEMORY_POOL, where it is set, decides for Arrow, and for
    both MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, and the same options
    in GLIBC_TUNABLES.

    Returns
    -------
    bool
        Whether the C library can, and the user has not chosen; nothing is changed otherwise.
    """
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if any(os.environ.get(name) for name in _USERS_CHOICES) or any(name in tunables for name in _USERS_TUNABLES):
        return False
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None  # musl has none
    if (
        set_option is None
        or not set_option(_MMAP_THRESHOLD, _LARGEST_KEPT)
        or not set_option(_TRIM_THRESHOLD, _MOST_KEPT)
    ):
        return False
    if _ARROW_VARIABLE not in os.environ:
        os.environ[_ARROW_VARIABLE] = "system"  # for an import that is still to come
        if arrow := sys.modules.get("pyarrow"):
            arrow.set_memory_pool(arrow.system_memory_pool())
    return True

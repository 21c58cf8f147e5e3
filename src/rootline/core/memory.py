"""Freed memory is kept for the next array, where the C library would hand it back to the system.

By default glibc unmaps each array above 128 kB, or a few MB, when it is freed.
A script that makes the same arrays event after event then pays for every page
of them again: a third of the CPU time of reading channel-mapped waveforms.
"""

import ctypes
import sys
from typing import Final

# mallopt(3); the numbers are those of glibc's malloc.h.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3

_LARGEST_KEPT: Final = 32 << 20  # of one array [bytes]; glibc takes no more
_MOST_KEPT: Final = 256 << 20  # of all that is freed at the end of the heap [bytes]


def keep_freed_memory() -> bool:
    """Let this process keep up to 256 MB of what it frees, in pieces of up to 32 MB; say whether the C library can."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None  # musl has none
    if set_option is None:
        return False
    return bool(set_option(_MMAP_THRESHOLD, _LARGEST_KEPT)) and bool(set_option(_TRIM_THRESHOLD, _MOST_KEPT))

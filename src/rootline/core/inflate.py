"""A faster inflate for the ROOT reader: libdeflate takes 40 % of zlib's time, which is most of a file's reading.

uproot 5.7.7 has a setting for it, ``uproot.ZLIB.library = "deflate"``, which
does not reach its reader: that one's object is of a class of its own. Set
there, it would call libdeflate by a keyword that no version of the package
`deflate` has. So one method of the reader's object is replaced, here alone.
"""

import zlib
from typing import Any

import uproot

_READER = "_decompress_ZLIB"


def use_libdeflate() -> str:
    """Let uproot inflate zlib by libdeflate from now on, where both allow it.

    Returns
    -------
    str
        Empty where it does, else why uproot's own zlib stays in use; the
        results are the same.
    """
    try:
        from deflate import DeflateError, zlib_decompress
    except ImportError:
        return "the package deflate is not installed"
    reader: Any = getattr(uproot.compression, _READER, None)
    if not callable(getattr(reader, "decompress", None)):
        return f"uproot {uproot.__version__} has no uproot.compression.{_READER}.decompress"

    def decompress(data: Any, uncompressed_bytes: int) -> Any:
        try:
            return zlib_decompress(data, uncompressed_bytes)
        except DeflateError:
            return zlib.decompress(data)  # says what is wrong, where something is

    reader.decompress = decompress
    return ""

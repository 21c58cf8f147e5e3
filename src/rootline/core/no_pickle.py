"""A guard: no file that a user hands in is ever unpickled, because a pickle can run anything."""

import sys
from types import FrameType
from typing import Any, Final

from rootline.core.errors import UserError

PICKLE_MODULES: Final = frozenset({"pickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"})
"""Modules that load pickles or code, which nothing of ours imports (a test reads all sources)."""

_ALLOWED: Final = frozenset({"multiprocessing", "concurrent", "joblib", "numba", "sklearn"})
"""Packages that unpickle what they have written themselves: messages between a process and its own workers, and compiled
code in the environment's own folder."""

_OURS: Final = frozenset({"rootline", "__main__"})


class PickleError(UserError):
    """Something was about to be unpickled on our behalf."""


def forbid_pickle() -> None:
    """Make every load of a pickle in this process an error, but for those of `_ALLOWED`.

    It hears what Python itself reports when a pickle asks for a class or a
    function, before that is looked up. Text and numbers alone, which cannot
    run anything, are not reported. It stays for as long as the process lives.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "pickle.find_class":
        return
    package = _nearest(sys._getframe(1))  # noqa: SLF001  there is no other way to the callers
    if package in _OURS:
        raise PickleError(
            f"a pickle asks for {arguments[0]}.{arguments[1]}; Rootline loads none, since a pickle can run anything: "
            "convert the file to Parquet, safetensors or JSON where you trust it"
        )


def _nearest(frame: FrameType | None) -> str:
    """Give the first package up the stack that is ours or may unpickle."""
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _ALLOWED or package in _OURS:
            return package
        frame = frame.f_back
    return ""

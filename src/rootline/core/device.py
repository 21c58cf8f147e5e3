"""The one place that picks where arrays and models live: CPU, or a GPU where there is one.

ROOTLINE_DEVICE overrides the choice: ``cpu``, ``cuda`` or ``mps``. It is no
config key, because where a job runs must not decide what is stale.
"""

import os
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.gpus import reserve_gpu

if TYPE_CHECKING:
    import torch

DEVICE_VARIABLE = "ROOTLINE_DEVICE"


def _wanted() -> str:
    wanted = os.environ.get(DEVICE_VARIABLE, "") or "auto"
    if wanted not in ("auto", "cpu", "cuda", "mps"):
        raise UserError(f"{DEVICE_VARIABLE}={wanted}: must be cpu, cuda or mps, or not set at all")
    return wanted


def array_module() -> ModuleType:
    """Give CuPy where it is installed and sees a GPU, NumPy otherwise."""
    wanted = _wanted()
    if wanted in ("cpu", "mps"):
        return np
    cupy = _find_cupy()
    if cupy is not None and cupy.is_available():
        return cupy
    if wanted == "cuda":
        raise UserError(
            f"{DEVICE_VARIABLE}=cuda: CuPy is not installed or sees no GPU; "
            "install envs/cuda.lock on a machine with an NVIDIA driver, or unset it"
        )
    return np


@cache  # Python looks through all folders again each time that it does not find a module: 0.1 ms
def _find_cupy() -> ModuleType | None:
    """Give CuPy, or None where it is not installed."""
    try:
        import cupy
    except ImportError:
        return None
    return cupy  # type: ignore[no-any-return]


def module_of(array: Any) -> ModuleType:
    """Give the array module that `array` belongs to, without importing CuPy for a NumPy array."""
    if isinstance(array, np.ndarray):
        return np
    import cupy

    return cupy  # type: ignore[no-any-return]


def to_host(array: Any) -> NDArray[Any]:
    """Give `array` as a NumPy array, copied from the GPU if it lies there."""
    if isinstance(array, np.ndarray):
        return array
    return array.get()  # type: ignore[no-any-return]


def reserve_device() -> None:
    """Take a GPU, or a place on one, where this process would use it, see `rootline.core.gpus.reserve_gpu`.

    For the start of a job that asks Snakemake for a GPU.
    """
    import torch

    if _wanted() in ("auto", "cuda") and torch.backends.cuda.is_built():
        reserve_gpu()


def torch_device() -> "torch.device":
    """Give torch's device: the first CUDA GPU this job may see, else MPS, else the CPU."""
    import torch

    wanted = _wanted()
    # Functions: CUDA is asked only by those who want it, for a process that has asked cannot be forked for work on a GPU.
    is_there: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    if wanted == "auto":
        wanted = next((name for name, asked in is_there.items() if asked()), "cpu")
    elif wanted != "cpu" and not is_there[wanted]():
        raise UserError(f"{DEVICE_VARIABLE}={wanted}: torch {torch.__version__} sees no such device here; unset it")
    return torch.device(wanted)

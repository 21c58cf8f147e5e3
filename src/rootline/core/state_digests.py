"""Under which names the state of a training is kept: equal ones are of the very same training."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rootline.core.batches import wants_graphs
from rootline.core.config import Section
from rootline.core.fingerprint import fingerprint


def array_digest(*arrays: NDArray[np.generic]) -> str:
    """Give a digest of the shapes and the values of arrays."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def state_digests(run: Section, data: str, code: Path, device: torch.device) -> tuple[str, str]:
    """Give the digests under which the state of a run is saved: while epochs follow, and when none does.

    Both stand for run, data, code and torch. The first stands also for what
    decides the last bits, so that no epoch adds to another machine's. A
    finished state says itself which kind of device it is of.

    Parameters
    ----------
    run : Section
        Everything that decides the model.
    data : str
        Digest of what it learns from, see `array_digest`.
    code : path
        The study's module of the training, in ``src/rootline/<study>/``.
    device : torch.device
        Where it is trained.
    """
    settings: dict[str, Any] = {
        "run": run.model_dump(mode="json"),
        "data": data,
        "code": fingerprint(code, [code.parents[2]]),
        "torch": torch.__version__,
    }
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    machine = {"device": name, "graphs": wants_graphs(device), "threads": torch.get_num_threads()}
    return _digest(settings | machine), _digest(settings | {"finished": True})


def _digest(settings: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=16).hexdigest()

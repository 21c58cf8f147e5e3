"""ROOT files in both layouts, as small as they can be: most of their bytes describe, few are waveforms."""

from pathlib import Path

import numpy as np
from tests.faults.readers import Reader, written_by
from tests.unit.lartpc.tiny import write_channel_mapped, write_flat

from rootline.lartpc.check import check_file
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw

SMALL = DetectorConfig(wires=3, ticks=8)
KEYS = [(6000, 1, event) for event in range(5)]


def _events() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.integers(-2, 40, (6, 8)).astype(np.int16) * (rng.random((6, 8)) < 0.2) for _ in KEYS]


def _read(path: Path) -> object:
    with open_raw(str(path), tree=None, detector=SMALL) as raw:
        return check_file(raw)


ROOTS = {
    "flat": Reader("flat.root", written_by(lambda path: write_flat(path, _events(), KEYS)), _read),
    "fixed": Reader("fixed.root", written_by(lambda path: write_flat(path, _events(), KEYS, fixed=True)), _read),
    "channel_mapped": Reader(
        "mapped.root", written_by(lambda path: write_channel_mapped(path, _events(), KEYS)), _read
    ),
}
"""Readers of ROOT files by layout."""

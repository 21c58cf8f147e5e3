"""ROOT file to cut clusters: read entry by entry, label the pixels above threshold, measure each region."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import uproot
from numpy.typing import NDArray
from skimage.measure import label, regionprops

Planes = dict[str, NDArray[np.int16]]
Window = tuple[int, int, int, int]
"""Bounds of the first wire and of the vertex tick, all exclusive."""

N_WIRES = 240
N_TICKS = 3072
THRESHOLDS = {"collection": 15, "induction": 7}
HEIGHT = (10, 179)
WINDOWS: dict[str, Window] = {"collection": (12, 37, 789, 1927), "induction": (11, 35, 786, 1794)}


def read_events(path: str, tree: str) -> Iterator[tuple[tuple[int, int, int], Planes]]:
    """Yield run, subrun, event and the waveforms of both planes, one entry at a time."""
    # Its cache counts a list of arrays as 8 bytes, and would keep every event of the file.
    with uproot.open(path, array_cache=None) as file:
        data = file[tree]
        mapped = "raw_channel" in data
        branches = ["run", "subrun", "event", *(["raw_channel", "raw_rawadc"] if mapped else ["rawadc1"])]
        for entry in range(data.num_entries):
            arrays = data.arrays(branches, entry_start=entry, entry_stop=entry + 1, library="np")
            waveforms = np.zeros((2 * N_WIRES, N_TICKS), np.int16)
            if mapped:
                channels = arrays["raw_channel"][0]
                waveforms[channels] = arrays["raw_rawadc"][0].reshape(len(channels), N_TICKS)
            else:
                waveforms[:] = arrays["rawadc1"][0].reshape(2 * N_WIRES, N_TICKS)
            key = (int(arrays["run"][0]), int(arrays["subrun"][0]), int(arrays["event"][0]))
            yield key, {"collection": waveforms[N_WIRES:], "induction": waveforms[:N_WIRES]}


def measure_regions(image: NDArray[np.int16], threshold: int) -> list[dict[str, Any]]:
    """Give the 8-connected regions above a threshold, in raster order of their first pixel."""
    rows = []
    for region in regionprops(label(image > threshold, connectivity=2), intensity_image=image):
        wire_min, tick_min, wire_max, tick_max = region.bbox
        own = region.image_intensity  # 0 where the box holds no pixel of the region
        rows.append(
            {
                "wire_min": wire_min,
                "wire_max": wire_max,
                "tick_min": tick_min,
                "tick_max": tick_max,
                "n_pixels": int(region.area),
                "charge_sum": int(own.sum(dtype=np.int64)),
                "charge_max": int(own.max()),
                "vertex_tick": tick_min + int(own[0].argmax()),
                "image": own,
                "profile": own.max(axis=1),
            }
        )
    return rows


def name_cut(cluster: Mapping[str, Any], plane: str) -> str | None:
    """Name the first cut of a stopping track that a cluster fails."""
    wire_low, wire_high, tick_low, tick_high = WINDOWS[plane]
    if not HEIGHT[0] < cluster["wire_max"] - cluster["wire_min"] < HEIGHT[1]:
        return "height"
    if cluster["profile"].min() == cluster["profile"].max():
        return "profile"
    if not wire_low < cluster["wire_min"] < wire_high:
        return "entry_wire"
    if not tick_low < cluster["vertex_tick"] < tick_high:
        return "vertex_tick"
    return None


def find_clusters(path: str, tree: str) -> pd.DataFrame:
    """Give one row per cluster of a file; image and profile of those that pass every cut, None for the others."""
    rows = []
    for key, planes in read_events(path, tree):
        for plane in ("collection", "induction"):
            for number, cluster in enumerate(measure_regions(planes[plane], THRESHOLDS[plane])):
                row = dict(zip(("run", "subrun", "event"), key, strict=True))
                row |= {"plane": plane, "cluster": number, **cluster, "cut": name_cut(cluster, plane)}
                if row["cut"] is not None:
                    row |= {"image": None, "profile": None}
                rows.append(row)
    return pd.DataFrame(rows)

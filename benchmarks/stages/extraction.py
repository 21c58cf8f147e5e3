"""ROOT file to cut clusters, and its two halves: reading, and finding the regions of waveforms in memory."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks import floors
from benchmarks.baseline import clusters as baseline
from benchmarks.inputs import SAMPLE, TREE, Case, Events
from benchmarks.stages import Stage
from rootline.lartpc.cluster_tables import write_clusters
from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import StoppingCuts
from rootline.lartpc.detector import PLANES, DetectorConfig
from rootline.lartpc.labelling import MEASURED, Array, Regions, WirePlane, find_regions, pixels_above
from rootline.lartpc.raw import LAYOUTS, open_raw
from rootline.lartpc.tracks import ragged

_SPREAD = 997  # every so many samples are summed: enough to see a difference, and no work beside the reading


def reading(root: Path, case: Case) -> Stage:
    """Waveforms of all events of a file, one event in memory at a time; equal samples."""
    return Stage(
        "read waveforms", case.describe(), case.n_events, "event",
        baseline=lambda: [
            (*key, *(int(planes[plane].ravel()[::_SPREAD].sum()) for plane in PLANES))
            for key, planes in baseline.read_events(str(root), TREE)
        ],
        ours=lambda: _read(root),
        check=_check_equal,
        floors=floors.decompressions(root, TREE, LAYOUTS[case.layout][-1]),
        floor_is="fastest decompression",
    )  # fmt: skip


def _read(root: Path) -> list[tuple[int, ...]]:
    with open_raw(str(root), tree=None, detector=DetectorConfig()) as raw:
        return [
            (*event[1:4], *(int(planes[plane].ravel()[::_SPREAD].sum()) for plane in PLANES))
            for event in raw.iterate()
            for planes in [event.planes]
        ]


def labelling(events: Events, *, n_events: int, clusters: int) -> Stage:
    """Regions of waveforms in memory: planes, boxes, sums, vertices and profiles; all equal.

    One event in a call; of a whole file the pixels of several go into one.
    """
    waveforms = np.array(events.waveforms[:n_events])
    return Stage(
        "label and measure", f"{clusters} clusters, in memory, {n_events} events", n_events, "event",
        baseline=lambda: [_columns_of(_measure_plain(event)) for event in waveforms],
        ours=lambda: [_columns(_find_regions(event)) for event in waveforms],
        check=_check_regions,
        floors=floors.thresholds([plane for event in waveforms for plane in _planes(event)]),
        floor_is="pixels above threshold",
    )  # fmt: skip


def _planes(event: Array) -> list[tuple[Array, int]]:
    return [
        (event[baseline.N_WIRES :], baseline.THRESHOLDS["collection"]),
        (event[: baseline.N_WIRES], baseline.THRESHOLDS["induction"]),
    ]


def _measure_plain(event: Array) -> list[dict[str, Any]]:
    return [
        region | {"plane": number}
        for number, plane in enumerate(_planes(event))
        for region in baseline.measure_regions(*plane)
    ]


def _find_regions(event: Array) -> Regions:
    return find_regions([pixels_above(WirePlane(image), threshold) for image, threshold in _planes(event)])


def _columns(found: Regions) -> dict[str, Array]:
    return {name: getattr(found, name) for name in ("plane", *MEASURED, "profile")}


def _columns_of(regions: list[dict[str, Any]]) -> dict[str, Array]:
    columns = {name: np.array([region[name] for region in regions], np.int64) for name in ("plane", *MEASURED)}
    return columns | {"profile": np.concatenate([np.zeros(0, np.int16), *(region["profile"] for region in regions)])}


def clusters(root: Path, case: Case, folder: Path) -> Stage:
    """ROOT file to cut clusters; ours also writes them, the baseline keeps them in memory. All equal."""
    return Stage(
        "ROOT to cut clusters", case.describe(), case.n_events, "event",
        baseline=partial(baseline.find_clusters, str(root), TREE),
        ours=partial(_write, root, folder),
        check=_check_clusters,
        floors=floors.decompressions(root, TREE, LAYOUTS[case.layout][-1]),
        floor_is="fastest decompression",
    )  # fmt: skip


def _write(root: Path, folder: Path) -> tuple[Path, Path]:
    paths = folder / "clusters.parquet", folder / "pixels.parquet"
    with open_raw(str(root), tree=None, detector=DetectorConfig()) as raw:
        write_clusters(raw, ClusterConfig(), StoppingCuts(), sample=SAMPLE, clusters=paths[0], pixels=paths[1])
    return paths


def _check_equal(one: Any, other: Any) -> None:
    assert one == other, "the samples that were read differ"


def _check_regions(one: list[dict[str, Array]], other: list[dict[str, Array]]) -> None:
    assert len(one) == len(other)
    for plain, fast in zip(one, other, strict=True):
        for name, values in plain.items():
            np.testing.assert_array_equal(fast[name], values, err_msg=name)


def _check_clusters(plain: pd.DataFrame, paths: tuple[Path, Path]) -> None:
    columns = ["run", "subrun", "event", "plane", "cluster", *MEASURED, "cut"]
    found = pq.read_table(paths[0], columns=columns).to_pandas()
    for name in columns[:-1]:
        np.testing.assert_array_equal(found[name], plain[name], err_msg=name)
    assert list(found["cut"].fillna("kept")) == list(plain["cut"].fillna("kept")), "another cut was the first to fail"
    kept = plain[plain["image"].notna()]
    pixels = pq.read_table(paths[1])
    assert len(kept) == len(pixels), "another number of clusters is kept"
    places = [np.nonzero(image) for image in kept["image"]]
    boxes = kept[["wire_min", "tick_min"]].to_numpy()
    expected = {
        "wire": [wire + low for (wire, _), (low, _) in zip(places, boxes, strict=True)],
        "tick": [tick + low for (_, tick), (_, low) in zip(places, boxes, strict=True)],
        "adc": [image[place] for image, place in zip(kept["image"], places, strict=True)],
        "profile": list(kept["profile"]),
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(ragged(pixels[name])[0], np.concatenate([[], *values]), err_msg=name)

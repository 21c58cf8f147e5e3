"""The cluster table of a sample: one row per connected region, and the pixels of those that pass every cut."""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from rootline.core.config import Section
from rootline.core.device import array_module
from rootline.core.screen import Progress
from rootline.core.tables import CLUSTER_KEY, sort_by_key
from rootline.lartpc.cuts import RoleCuts, first_failed_cut
from rootline.lartpc.detector import PLANES
from rootline.lartpc.finders import Finder, find_regions_by, pixels_for
from rootline.lartpc.labelling import MEASURED, PlanePixels, WirePlane
from rootline.lartpc.raw import RawEvent, RawFile

EVENTS_PER_PART: Final = 256
"""Events whose clusters are written at a time; the bytes of the file depend on it."""

_PIXELS_TOGETHER: Final = 1 << 16
"""Pixels that are labelled and cut in one call, of 4 to 8 simulated events: with fewer, calls of NumPy's functions are most
of it, and it bounds the memory."""

_KEY_FIELDS: Final = [
    ("sample", pa.string()),
    ("run", pa.int64()),
    ("subrun", pa.int64()),
    ("event", pa.int64()),
    ("plane", pa.string()),
    ("cluster", pa.int32()),
]

CLUSTER_SCHEMA: Final = pa.schema(
    [
        *_KEY_FIELDS,
        ("wire_min", pa.int32()),
        ("wire_max", pa.int32()),
        ("tick_min", pa.int32()),
        ("tick_max", pa.int32()),
        ("n_pixels", pa.int32()),
        ("charge_sum", pa.int64()),  # [ADC]
        ("charge_max", pa.int32()),  # [ADC]
        ("vertex_tick", pa.int32()),
        ("cut", pa.string()),
    ]
)
"""Columns of ``clusters/{sample}.parquet``, in order. Boxes are half open; `cut` is null for a cluster that is kept."""

PIXEL_SCHEMA: Final = pa.schema(
    [*_KEY_FIELDS, *((name, pa.list_(pa.int16())) for name in ("wire", "tick", "adc", "profile"))]
)
"""Columns of the pixel table, one row per kept cluster: its pixels in raster order, wires first, positions counted in
the plane, charge in ADC; and the per-wire maximum [ADC] over its box."""


class ThresholdConfig(Section):
    """Thresholds of the planes."""

    collection: int = Field(15, ge=0, le=32767, description="Collection pixels above this belong to a cluster [ADC].")
    induction: int = Field(7, ge=0, le=32767, description="Induction pixels above this belong to a cluster [ADC].")


class ClusterConfig(Section):
    """How waveforms become clusters."""

    finder: Finder = Field(
        "connected",
        description="connected: all regions above threshold; longest: the one with most pixels; contrast: the one with "
        "the largest ratio of highest to lowest ADC; seeded: grown from the plane's highest ADC down to a sixth of it.",
    )
    threshold: ThresholdConfig = Field(default_factory=ThresholdConfig, description="Thresholds of the planes.")
    seed_neighbours: Literal[4, 8] = Field(
        8, description="Neighbours across which the finder `seeded` grows: 4 share an edge, 8 also a corner."
    )


class ClusterTables(NamedTuple):
    """Clusters and the pixels of the kept ones.

    Attributes
    ----------
    clusters : table of CLUSTER_SCHEMA
    pixels : table of PIXEL_SCHEMA
    """

    clusters: pa.Table
    pixels: pa.Table


def find_clusters(
    raw: RawFile, options: ClusterConfig, cuts: RoleCuts, *, sample: str, progress: Progress | None = None
) -> ClusterTables:
    """Find the clusters of a whole file in memory, in the order of the key.

    For big files use `cluster_tables.write_clusters`, which streams.
    """
    parts = list(iterate_clusters(raw, options, cuts, sample=sample, progress=progress))
    tables = ClusterTables(
        pa.concat_tables([part.clusters for part in parts] or [CLUSTER_SCHEMA.empty_table()]),
        pa.concat_tables([part.pixels for part in parts] or [PIXEL_SCHEMA.empty_table()]),
    )
    return ClusterTables(*(sort_by_key(table, key=CLUSTER_KEY, name=raw.path) for table in tables))


def iterate_clusters(
    raw: RawFile, options: ClusterConfig, cuts: RoleCuts, *, sample: str, progress: Progress | None = None
) -> Iterator[ClusterTables]:
    """Yield the clusters of `EVENTS_PER_PART` events at a time, in the order of the tree.

    Parameters
    ----------
    raw : RawFile
        The open file.
    options : ClusterConfig
        Finder and thresholds.
    cuts : RoleCuts
        Cuts of the sample's role.
    sample : str
        Name of the sample.
    progress : Progress
        Told about every event.
    """
    for entries in entry_parts(raw.n_entries):
        yield find_part(raw, entries, options, cuts, sample=sample, progress=progress)


def entry_parts(n_entries: int) -> list[range]:
    """Cut the entries of a tree into parts of `EVENTS_PER_PART`."""
    firsts = range(0, n_entries, EVENTS_PER_PART)
    return [range(first, min(first + EVENTS_PER_PART, n_entries)) for first in firsts]


def find_part(
    raw: RawFile,
    entries: range,
    options: ClusterConfig,
    cuts: RoleCuts,
    *,
    sample: str,
    progress: Progress | None = None,
) -> ClusterTables:
    """Find the clusters of some entries; parameters as for `iterate_clusters`."""
    judged: list[_Judged] = []
    waiting: list[_Source] = []
    n_events = n_pixels = 0
    for event in raw.iterate(entries):
        found = _pixels_of(event, options)
        waiting += found
        n_pixels += sum(len(each.pixels.place) for each in found)
        if n_pixels >= _PIXELS_TOGETHER:
            judged.append(_judge(waiting, options, cuts))
            waiting, n_pixels = [], 0
        n_events += 1
        if progress is not None:
            progress.advance(1)
    if progress is not None:
        progress.advance(len(entries) - n_events)  # those that were skipped
    if waiting:
        judged.append(_judge(waiting, options, cuts))
    if not judged:
        return ClusterTables(CLUSTER_SCHEMA.empty_table(), PIXEL_SCHEMA.empty_table())
    return _tables(judged, sample)


class _Source(NamedTuple):
    """One plane of one event, and its pixels above threshold; `plane` counts in PLANES."""

    key: tuple[int, int, int]
    plane: int
    pixels: PlanePixels


class _Judged(NamedTuple):
    """Clusters of some planes of some events, plane after plane; pixels and profiles of the kept ones alone."""

    keys: NDArray[np.int64]
    plane: NDArray[np.int64]
    cluster: NDArray[np.int32]
    columns: dict[str, NDArray[Any]]
    cut: NDArray[np.object_]
    pixels: dict[str, NDArray[np.int16]]


def _pixels_of(event: RawEvent, options: ClusterConfig) -> list[_Source]:
    """Give the pixels of both planes of an event, whose waveforms are not kept."""
    xp = array_module()
    key = (event.run, event.subrun, event.event)
    return [
        _Source(
            key,
            number,
            pixels_for(
                _to_device(event.read_out(plane), xp), options.finder, threshold=getattr(options.threshold, plane)
            ),
        )
        for number, plane in enumerate(PLANES)
    ]


def _to_device(plane: WirePlane, xp: ModuleType) -> WirePlane:
    if xp is np:
        return plane
    return plane._replace(image=xp.asarray(plane.image.astype(np.int16)))  # CuPy knows one byte order


def _judge(sources: Sequence[_Source], options: ClusterConfig, cuts: RoleCuts) -> _Judged:
    """Find the clusters of some planes and cut them."""
    clusters = find_regions_by(
        options.finder, [each.pixels for each in sources], seed_neighbours=options.seed_neighbours
    ).to_host()
    source = clusters.plane  # of each cluster, in `sources`
    plane = np.array([each.plane for each in sources])[source]
    heights = clusters.wire_max - clusters.wire_min
    begins = np.cumsum(heights) - heights
    lowest = np.minimum.reduceat(clusters.profile, begins) if len(begins) else clusters.profile
    is_constant = lowest == clusters.charge_max
    cut = np.full(len(heights), None, dtype=object)
    for number, name in enumerate(PLANES):
        mine = plane == number
        cut[mine] = first_failed_cut(
            cuts,
            name,
            height=heights[mine],
            profile_constant=is_constant[mine],
            entry_wire=clusters.wire_min[mine],
            vertex_tick=clusters.vertex_tick[mine],
        )
    kept = np.array([name is None for name in cut], bool)
    of_kept = np.flatnonzero(kept[clusters.region])
    of_kept = of_kept[np.argsort(clusters.region[of_kept], kind="stable")]
    return _Judged(
        keys=np.array([each.key for each in sources], np.int64)[source],
        plane=plane,
        cluster=(np.arange(len(source)) - np.searchsorted(source, source)).astype(np.int32),
        columns={name: getattr(clusters, name) for name in MEASURED},
        cut=cut,
        pixels={
            "wire": clusters.wire[of_kept],
            "tick": clusters.tick[of_kept].astype(np.int16),
            "adc": clusters.adc[of_kept],
            "profile": clusters.profile[np.repeat(kept, heights)],
        },
    )


def _tables(judged: Sequence[_Judged], sample: str) -> ClusterTables:
    keys = np.concatenate([part.keys for part in judged])
    cut = np.concatenate([part.cut for part in judged])
    plane = np.concatenate([part.plane for part in judged])
    identity = {
        "sample": pa.repeat(pa.scalar(sample), len(cut)),
        "run": keys[:, 0],
        "subrun": keys[:, 1],
        "event": keys[:, 2],
        "plane": pa.array(np.array(PLANES, dtype=object)[plane], pa.string()),
        "cluster": np.concatenate([part.cluster for part in judged]),
    }
    measured = {name: np.concatenate([part.columns[name] for part in judged]) for name in MEASURED}
    clusters = pa.table({**identity, **measured, "cut": pa.array(cut, pa.string())}, schema=CLUSTER_SCHEMA)
    kept = clusters.filter(clusters["cut"].is_null())
    heights = kept["wire_max"].to_numpy() - kept["wire_min"].to_numpy()
    sizes = {"wire": kept["n_pixels"].to_numpy(), "tick": kept["n_pixels"].to_numpy()}
    sizes |= {"adc": kept["n_pixels"].to_numpy(), "profile": heights}
    lists = {}
    for name, size in sizes.items():
        offsets = np.concatenate([[0], np.cumsum(size, dtype=np.int64)]).astype(np.int32)
        values = np.concatenate([part.pixels[name] for part in judged])
        lists[name] = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, pa.int16()))
    pixels = pa.table({**{name: kept[name] for name in CLUSTER_KEY}, **lists}, schema=PIXEL_SCHEMA)
    return ClusterTables(clusters, pixels)

"""Cluster tables on disk: written part by part, and joined when a sample has several files."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rootline.core.errors import UserError
from rootline.core.files import replacing
from rootline.core.screen import Progress
from rootline.core.tables import CLUSTER_KEY, WRITTEN, describe_key, open_parquet, sort_by_key
from rootline.lartpc.cluster_processes import iterate_parts
from rootline.lartpc.clusters import CLUSTER_SCHEMA, PIXEL_SCHEMA, ClusterConfig
from rootline.lartpc.cuts import RoleCuts
from rootline.lartpc.raw import RawFile


def write_clusters(
    raw: RawFile,
    options: ClusterConfig,
    cuts: RoleCuts,
    *,
    sample: str,
    clusters: Path,
    pixels: Path,
    processes: int = 1,
    progress: Progress | None = None,
) -> None:
    """Find the clusters of a file and write them as Parquet, in the order of the key.

    Memory depends on the events of one part, not on the file, as long as the
    tree is in the order of run, subrun and event, as a detector writes it.

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
    clusters, pixels : Path
        Files to write, of CLUSTER_SCHEMA and PIXEL_SCHEMA.
    processes : int
        How many share the work; the bytes of the files do not depend on it.
    progress : Progress
        Told about every event.

    Raises
    ------
    UserError
        If two entries share run, subrun and event.
    """
    in_order = _check_order(raw)
    with ExitStack() as stack:
        unfinished = [stack.enter_context(replacing(path)) for path in (clusters, pixels)]
        with ExitStack() as open_writers:
            writers = [
                open_writers.enter_context(pq.ParquetWriter(path, schema, **WRITTEN))
                for path, schema in zip(unfinished, (CLUSTER_SCHEMA, PIXEL_SCHEMA), strict=True)
            ]
            for part in iterate_parts(raw, options, cuts, sample=sample, processes=processes, progress=progress):
                for writer, table in zip(writers, part, strict=True):
                    if table.num_rows:
                        writer.write_table(table)
        if not in_order:
            for path in unfinished:
                with open_parquet(path) as file:
                    table = sort_by_key(file.read(), key=CLUSTER_KEY, name=raw.path)
                pq.write_table(table, path, **WRITTEN)


def join_clusters(paths: Sequence[Path], output: Path) -> None:
    """Join the cluster tables of a sample's files, in the order of the key.

    Files whose events do not interleave are copied row group by row group;
    only others are held in memory to be sorted.

    Parameters
    ----------
    paths : sequence of paths
        Cluster tables that `write_clusters` wrote, in any order.
    output : Path
        File to write.

    Raises
    ------
    UserError
        If a file cannot be read or has other columns, or two clusters share
        a key.
    """
    parts = [(path, _read(path, CLUSTER_KEY)) for path in paths]
    parts = [(path, keys) for path, keys in parts if keys.num_rows]
    parts.sort(key=lambda part: tuple(part[1].slice(0, 1).to_pylist()[0].values()))
    keys = pa.concat_tables([keys for _, keys in parts] or [CLUSTER_SCHEMA.empty_table().select(list(CLUSTER_KEY))])
    names = ", ".join(map(str, paths))
    in_order = sort_by_key(keys, key=CLUSTER_KEY, name=names) is keys
    with (
        replacing(output) as unfinished,
        pq.ParquetWriter(unfinished, CLUSTER_SCHEMA, **WRITTEN) as writer,
    ):
        if in_order:
            for path, _ in parts:
                for group in _row_groups(path):
                    writer.write_table(group)
        else:
            table = pa.concat_tables([_read(path, CLUSTER_SCHEMA.names) for path, _ in parts])
            writer.write_table(sort_by_key(table, key=CLUSTER_KEY, name=names))


def _read(path: Path, columns: Sequence[str]) -> pa.Table:
    with open_parquet(path) as file:
        found = file.schema_arrow
        if not found.equals(CLUSTER_SCHEMA):
            raise UserError(
                f"{path}: has the columns {', '.join(found.names)}, expected {', '.join(CLUSTER_SCHEMA.names)}; "
                "delete it and run again"
            )
        return file.read(columns=list(columns))


def _row_groups(path: Path) -> Iterator[pa.Table]:
    with open_parquet(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def _check_order(raw: RawFile) -> bool:
    """Say whether the entries are in the order of their key; two equal keys are an error."""
    order = np.lexsort(raw.keys.T[::-1])
    ordered = raw.keys[order]
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    if len(same):
        first, second = sorted(order[same[0] : same[0] + 2].tolist())
        key = describe_key(dict(zip(("run", "subrun", "event"), raw.keys[first].tolist(), strict=True)))
        raise UserError(
            f"{raw.path}: entries {first} and {second} of {raw.tree} are both {key}; an event must occur once: "
            "remove one of them"
        )
    return bool((order == np.arange(len(order))).all())

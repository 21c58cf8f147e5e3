"""What one event looks like and what became of each of its clusters, for its display."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.tables import CLUSTER_KEY, EVENT_KEY, TRACK_KEY, open_parquet, read_frame, read_numbers
from rootline.lartpc.check import EVENTS_SCHEMA
from rootline.lartpc.clusters import CLUSTER_SCHEMA
from rootline.lartpc.cuts import CutsConfig, RoleCuts, first_failed_pair_cut
from rootline.lartpc.detector import PLANES, DetectorConfig
from rootline.lartpc.events import EventName, LocatedEvent, locate_event, parse_event_name
from rootline.lartpc.inputs import ROLES_WITH_RECO
from rootline.lartpc.matching import MatchingConfig, match_clusters
from rootline.lartpc.raw import open_raw
from rootline.lartpc.tracks import TRACK_SCHEMA

CUT, UNPAIRED, PAIR_CUT, NO_RECO, TRACK = "cut", "unpaired", "pair_cut", "no_reconstruction", "track"
NOT_LISTED = "not_listed"
FATES: Final = (TRACK, NO_RECO, NOT_LISTED, PAIR_CUT, UNPAIRED, CUT)
"""What can become of a cluster: part of a track; of a pair without reconstruction; of a pair whose event is not in the
event list; of a pair that a cut dropped; kept without partner in the other plane; dropped by a cut."""

_TRACK_COLUMNS = ["particle", "cluster_collection", "cluster_induction", "hypothesis"]


class EventTables(NamedTuple):
    """The rows of one event in the tables of the workflow, and where its waveforms lie.

    Attributes
    ----------
    located : LocatedEvent
    clusters : data frame
        Columns of CLUSTER_SCHEMA.
    tracks : data frame
        The key, particle, cluster_collection, cluster_induction and hypothesis.
    """

    located: LocatedEvent
    clusters: pd.DataFrame
    tracks: pd.DataFrame


class EventView(NamedTuple):
    """All that a display shows.

    Attributes
    ----------
    located : LocatedEvent
        Sample, file, entry and numbers of the event.
    planes : dict of (n_wires, n_ticks) int16 arrays
        Waveforms [ADC] by plane.
    clusters : data frame
        As `judge_clusters` gives it.
    cuts : RoleCuts
        Cuts of the sample's role.
    """

    located: LocatedEvent
    planes: dict[str, NDArray[np.int16]]
    clusters: pd.DataFrame
    cuts: RoleCuts


def view_event(
    name: str,
    tables: Sequence[Path],
    samples: Mapping[str, Mapping[str, Any]],
    *,
    detector: DetectorConfig,
    matching: MatchingConfig,
    cuts: CutsConfig,
) -> EventView:
    """Gather all that the display of one event shows.

    Parameters
    ----------
    name : str
        Of the display, see `events.parse_event_name`.
    tables : sequence of paths
        As in `read_event`.
    samples : mapping
        By sample: ``role``, and ``files``, the tree (empty finds it) by the path of each ROOT file.
    detector, matching, cuts : DetectorConfig, MatchingConfig, CutsConfig
        What clusters and tracks were made with.

    Raises
    ------
    UserError
        If there is no such event, or the file cannot be read.
    """
    sample_of_file = {path: sample for sample, about in samples.items() for path in about["files"]}
    found = read_event(tables, parse_event_name(name, list(samples)), sample_of_file)
    about = samples[found.located.sample]
    role_cuts: RoleCuts = getattr(cuts, about["role"])
    judged = judge_clusters(found.clusters, found.tracks, role=about["role"], matching=matching, cuts=role_cuts)
    with open_raw(found.located.path, tree=about["files"][found.located.path] or None, detector=detector) as raw:
        event = raw.read(found.located.entry)
    if (event.run, event.subrun, event.event) != found.located.numbers:
        raise UserError(
            f"{raw.describe(found.located.entry)} is not event {name}: the file was exchanged after its check; "
            "run again to check it anew"
        )
    planes = {plane: waveforms.astype(np.int16) for plane, waveforms in event.planes.items()}
    return EventView(found.located, planes, judged, role_cuts)


def read_event(tables: Sequence[Path], name: EventName, sample_of_file: Mapping[str, str]) -> EventTables:
    """Find an event and read its rows, without reading the tables as a whole.

    Parameters
    ----------
    tables : sequence of paths
        Lists of events (``check/.../*.events.parquet``), cluster tables and
        track tables of the samples, in any order; columns tell them apart.
    name : EventName
        Which event.
    sample_of_file : mapping
        Sample of each ROOT file, by its path as the lists of events have it.

    Raises
    ------
    UserError
        If there is no such event, or more than one, or a table is none of these.
    """
    paths: dict[str, list[Path]] = {"events": [], "clusters": [], "tracks": []}
    for path in tables:
        paths[_kind(path)].append(path)
    listed = pd.concat([read_numbers(path) for path in paths["events"]], ignore_index=True)
    listed["sample"] = listed["path"].map(sample_of_file)
    tracked = pd.concat([read_frame(path, key=TRACK_KEY, columns=[]) for path in paths["tracks"]])
    located = locate_event(name, listed, tracked)
    event = dict(zip(EVENT_KEY, (located.sample, *located.numbers), strict=True))
    clusters = pd.concat([read_frame(path, key=CLUSTER_KEY, where=event) for path in paths["clusters"]])
    tracks = pd.concat(
        [read_frame(path, key=TRACK_KEY, columns=_TRACK_COLUMNS, where=event) for path in paths["tracks"]]
    )
    return EventTables(
        located,
        clusters.sort_values(list(CLUSTER_KEY), ignore_index=True),
        tracks.sort_values(list(TRACK_KEY), ignore_index=True),
    )


def judge_clusters(
    clusters: pd.DataFrame, tracks: pd.DataFrame, *, role: str, matching: MatchingConfig, cuts: RoleCuts
) -> pd.DataFrame:
    """Say of each cluster of one event what became of it.

    The pairs are matched again, as the track table did it, because that table
    no longer holds the pairs that were dropped. A pair that passed its cuts
    and is no track lacked the reconstruction, where the role needs one; else
    its event is not in the list of events.

    Parameters
    ----------
    clusters : data frame
        Columns of CLUSTER_SCHEMA.
    tracks : data frame
        track, cluster_collection and cluster_induction of the event's tracks.
    role : str
        What the sample is for.
    matching, cuts : MatchingConfig, RoleCuts
        What the track table was made with.

    Returns
    -------
    data frame
        The clusters with ``fate`` (one of `FATES`), ``track`` (number of the
        pair, -1 without one) and ``reason`` (name of the cut that the cluster
        or its pair failed, empty for none).

    Raises
    ------
    UserError
        If a track is none of the pairs: the tables are of different runs.
    """
    judged = clusters.assign(fate=CUT, track=-1, reason=clusters["cut"].fillna(""))
    kept = clusters["cut"].isna()
    judged.loc[kept, "fate"] = UNPAIRED
    pairs = match_clusters(clusters[kept], matching)
    ends = [f"cluster_{plane}" for plane in PLANES]
    pairs = pairs.merge(tracks[["track", *ends]].assign(fate=TRACK), on=["track", *ends], how="left")
    if int((pairs["fate"] == TRACK).sum()) != len(tracks):
        raise UserError("a track is no pair of this event's clusters; the tables are of different runs, run again")
    box = judged.set_index(["plane", "cluster"])
    sizes = {
        side: np.stack(
            [
                (box[f"{side}_max"] - box[f"{side}_min"]).reindex([(plane, c) for c in pairs[end]]).to_numpy(np.int64)
                for plane, end in zip(PLANES, ends, strict=True)
            ],
            axis=1,
        ).reshape(-1, len(PLANES))
        for side in ("wire", "tick")
    }
    failed = first_failed_pair_cut(cuts, heights=sizes["wire"], widths=sizes["tick"])
    no_track = NO_RECO if role in ROLES_WITH_RECO else NOT_LISTED
    for (_, pair), cut in zip(pairs.iterrows(), failed, strict=True):
        fate = TRACK if pair["fate"] == TRACK else no_track if cut is None else PAIR_CUT
        for plane, end in zip(PLANES, ends, strict=True):
            row = (judged["plane"] == plane) & (judged["cluster"] == pair[end])
            judged.loc[row, ["fate", "track", "reason"]] = [fate, int(pair["track"]), cut or ""]
    return judged


def _kind(path: Path) -> str:
    with open_parquet(path) as file:
        names = set(file.schema_arrow.names)
    schemas = {"tracks": TRACK_SCHEMA, "clusters": CLUSTER_SCHEMA, "events": EVENTS_SCHEMA}
    for kind, schema in schemas.items():
        if names.issuperset(schema.names):
            return kind
    raise UserError(f"{path}: neither a list of events nor a table of clusters or tracks; it has {', '.join(names)}")

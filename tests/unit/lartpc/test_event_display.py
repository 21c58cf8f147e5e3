"""What became of each cluster of one event."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.damaged import turn_over_a_bit
from tests.unit.lartpc.tiny import write_channel_mapped

from rootline.core.errors import UserError
from rootline.core.tables import WRITTEN, write_table
from rootline.lartpc.check import check_file
from rootline.lartpc.clusters import ClusterConfig, find_clusters
from rootline.lartpc.cuts import CutsConfig, EntryWindow, RoleCuts
from rootline.lartpc.detector import PLANES, DetectorConfig
from rootline.lartpc.event_display import (
    CUT,
    NO_RECO,
    NOT_LISTED,
    PAIR_CUT,
    TRACK,
    UNPAIRED,
    judge_clusters,
    view_event,
)
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.raw import open_raw
from rootline.lartpc.tracks import TRACK_SCHEMA

DETECTOR = DetectorConfig(wires=40, ticks=200)
ANYWHERE = EntryWindow()
CUTS = RoleCuts(
    height_min=5, height_max=None, collection=EntryWindow(wire_max=30), induction=ANYWHERE, pair_height_min=None,
    pair_height_max=None, pair_width_max=50,
)  # fmt: skip
KEYS = [(1, 0, 1), (1, 0, 2), (2, 0, 3)]


def event(*, shift=0):
    """A track in both planes, a wide one in both, one in the induction plane alone, a short one, one that begins late."""
    planes = np.zeros((2, 40, 200), np.int16)
    for plane in (0, 1):
        for wire in range(2, 14):
            planes[plane, wire, 20 + shift : 25 + shift] = 100 + wire
        planes[plane, 18, 90:180] = 90
        planes[plane, 16:28, 90] = 90 + np.arange(12)
    planes[0, 30:38, 60:63] = 80 + np.arange(8)[:, None]
    planes[1, 5, 150:152] = 80
    planes[1, 32:39, 30:33] = 99 + np.arange(7)[:, None]
    return planes.reshape(80, 200)


@pytest.fixture
def tables(tmp_path):
    root = tmp_path / "tiny.root"
    write_channel_mapped(root, [event(), event(shift=3), event(shift=6)], KEYS)
    with open_raw(str(root), tree=None, detector=DETECTOR) as raw:
        events = check_file(raw).events
        clusters = find_clusters(raw, ClusterConfig(), CUTS, sample="tiny").clusters
    write_table(tmp_path / "tiny.events.parquet", events, key=("run", "subrun", "event", "entry"))
    pq.write_table(clusters, tmp_path / "clusters.parquet")
    return tmp_path


def with_tracks(folder, rows):
    columns = {name: pa.nulls(len(rows), TRACK_SCHEMA.field(name).type) for name in TRACK_SCHEMA.names}
    for name in rows[0] if rows else ():
        columns[name] = pa.array([row[name] for row in rows], TRACK_SCHEMA.field(name).type)
    pq.write_table(pa.table(columns, schema=TRACK_SCHEMA), folder / "tracks.parquet")
    return [folder / name for name in ("tiny.events.parquet", "clusters.parquet", "tracks.parquet")]


def track(run, number, track, collection, induction):
    key = {"sample": "tiny", "run": run, "subrun": 0, "event": number, "track": track}
    return {**key, "cluster_collection": collection, "cluster_induction": induction}


def view(tables, name, *, role="train"):
    folder = tables[0].parent
    samples = {"tiny": {"role": role, "files": {str(folder / "tiny.root"): ""}}}
    cuts = CutsConfig.model_construct(**{role: CUTS})
    return view_event(name, tables, samples, detector=DETECTOR, matching=MatchingConfig(), cuts=cuts)


def fates(clusters):
    return {
        (row["plane"], row["wire_min"]): (row["fate"], row["track"], row["reason"]) for _, row in clusters.iterrows()
    }


def test_every_fate_of_a_cluster_is_told_with_its_reason(tables):
    seen = view(with_tracks(tables, [track(1, 2, 0, 0, 0)]), "1-0-2")
    assert fates(seen.clusters) == {
        ("collection", 2): (TRACK, 0, ""),
        ("induction", 2): (TRACK, 0, ""),
        ("collection", 16): (PAIR_CUT, 1, "width"),
        ("induction", 16): (PAIR_CUT, 1, "width"),
        ("induction", 30): (UNPAIRED, -1, ""),
        ("collection", 5): (CUT, -1, "height"),
        ("collection", 32): (CUT, -1, "entry_wire"),
    }
    assert seen.located.entry == 1 and seen.located.numbers == (1, 0, 2)
    assert seen.planes["induction"][2, 23] == 102 and seen.planes["induction"][2, 20] == 0


def test_a_pair_that_passed_its_cuts_but_is_no_track_lacked_the_reconstruction(tables):
    seen = view(with_tracks(tables, [track(1, 2, 0, 0, 0)]), "tiny-2-0-3")
    assert fates(seen.clusters)["collection", 2] == (NO_RECO, 0, "")


def test_a_pair_of_a_reference_sample_needs_no_reconstruction_but_its_event_must_be_listed(tables):
    found = with_tracks(tables, [track(1, 2, 0, 0, 0)])
    unlisted = fates(view(found, "tiny-2-0-3", role="reference").clusters)
    assert unlisted["collection", 2] == unlisted["induction", 2] == (NOT_LISTED, 0, "")
    assert unlisted["collection", 16] == (PAIR_CUT, 1, "width")
    assert fates(view(found, "tiny-1-0-2", role="reference").clusters)["collection", 2] == (TRACK, 0, "")


def test_the_first_event_of_a_sample_is_that_of_its_first_track(tables):
    assert view(with_tracks(tables, [track(2, 3, 0, 0, 0)]), "tiny-first").located.numbers == (2, 0, 3)


def test_a_track_that_is_no_pair_of_the_clusters_is_refused(tables):
    with pytest.raises(UserError, match="a track is no pair of this event's clusters"):
        view(with_tracks(tables, [track(1, 2, 1, 0, 0)]), "1-0-2")


def test_an_event_without_clusters_has_nothing_to_judge(tables):
    clusters = pq.read_table(tables / "clusters.parquet").to_pandas().iloc[:0]
    tracks = pd.DataFrame(columns=["track", *(f"cluster_{plane}" for plane in PLANES)])
    judged = judge_clusters(clusters, tracks, role="train", matching=MatchingConfig(), cuts=CUTS)
    assert judged.empty and {"fate", "track", "reason"} <= set(judged.columns)


def test_a_file_that_was_exchanged_after_its_check_is_refused(tables):
    found = with_tracks(tables, [])
    write_channel_mapped(tables / "tiny.root", [event(), event()], [(1, 0, 1), (1, 0, 7)])
    with pytest.raises(UserError, match=r"event 7\) is not event 1-0-2: the file was exchanged"):
        view(found, "1-0-2")


@pytest.mark.parametrize(
    ("table", "column"), [("clusters.parquet", "charge_sum"), ("tracks.parquet", "cluster_collection")]
)
def test_damage_in_a_column_that_only_the_display_reads_is_told_by_name(tables, table, column):
    found = with_tracks(tables, [track(1, 2, 0, 0, 0)])
    path = tables / table
    pq.write_table(pq.read_table(path), path, **WRITTEN)
    turn_over_a_bit(path, column)
    with pytest.raises(UserError, match=rf"{table}: cannot be read as Parquet .*delete it and run again"):
        view(found, "1-0-2")


def test_a_table_of_another_kind_is_refused(tables):
    pq.write_table(pa.table({"sample": ["tiny"]}), tables / "other.parquet")
    with pytest.raises(UserError, match="neither a list of events nor a table of clusters or tracks; it has sample"):
        view([tables / "other.parquet"], "1-0-2")

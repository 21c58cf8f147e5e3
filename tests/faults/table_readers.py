"""Readers of tables and tensors, each with a small file that it takes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tests.faults.readers import Reader, written_by

from rootline.core.checkpoints import FILE_NAME, Checkpoints
from rootline.core.tables import EVENT_KEY, TRACK_KEY, read_frames, read_numbers, read_table, write_table
from rootline.core.tensors import read_metadata, read_tensors, write_tensors
from rootline.core.training_state import judge_epoch, pack_state, start_state, unpack_state
from rootline.lartpc.features import FEATURE_COLUMNS, feature_table
from rootline.lartpc.image_files import read_images
from rootline.lartpc.sweep_files import count_parameters
from rootline.lartpc.tracks import TRACK_SCHEMA, read_tracks

DIGEST = "d" * 16


def frame() -> pd.DataFrame:
    """Give a flat table with text, numbers, truth and what is missing."""
    return pd.DataFrame(
        {
            "sample": ["kaons", "kaons", "protons"],
            "run": [1, 1, 2],
            "subrun": [1, 2, 1],
            "event": [5, 6, 7],
            "mu_0": [0.5, np.nan, -1.25],
            "cut": ["height", None, "width"],
            "kept": [True, False, True],
        }
    )


def track_table() -> pa.Table:
    """Give two tracks with pixels in both planes."""
    rows = []
    for event in (1, 2):
        row: dict[str, object] = dict.fromkeys(TRACK_SCHEMA.names)
        row |= {"sample": "s", "run": 1, "subrun": 2, "event": event, "track": 0, "particle": "proton"}
        row |= {"cluster_collection": 0, "cluster_induction": 0, "match_score": 0.0, "chi2_kaon": 1.5}
        for plane in ("collection", "induction"):
            row |= {f"{plane}_wire_min": 7, f"{plane}_wire_max": 9, f"{plane}_tick_min": 90, f"{plane}_tick_max": 93}
            row[f"{plane}_pixels"] = {"wire": [7, 7, 8], "tick": [90, 91, 92], "adc": [20, 40, 30]}
            row[f"{plane}_profile"] = [40, 30]
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=TRACK_SCHEMA)


def _features(path: Path) -> object:
    return feature_table(read_tracks([path], columns=FEATURE_COLUMNS))


def _write_tracks_plainly(path: Path) -> None:
    pq.write_table(track_table(), path, compression="none")


def _whole_table(path: Path) -> object:
    return read_table(path, key=EVENT_KEY).to_pylist()


def _tensors(path: Path) -> object:
    return read_tensors(path), read_metadata(path)


def _checkpoint(path: Path) -> object:
    """A state that is spoilt is none; a training starts anew."""
    found = Checkpoints(path.parent, digest=DIGEST).find()
    return unpack_state(*found) if found else "none"


def _write_checkpoint(folder: Path) -> Path:
    weights = {"weight": np.ones((2, 3), np.float32), "bias": np.zeros(2, np.float32)}
    adam = {f"{term}.weight": np.ones((2, 3), np.float32) for term in ("exp_avg", "exp_avg_sq")}
    loss = {"loss": 0.5, "kl": 0.125}
    state = judge_epoch(start_state(), loss, loss, weights=weights, adam=adam, min_delta=0.0)
    Checkpoints(folder, digest=DIGEST).save(*pack_state(state))
    return folder / FILE_NAME


def _write_plainly(path: Path) -> None:
    """With statistics and pages of dictionaries, uncompressed: most bytes then mean something."""
    pq.write_table(pa.Table.from_pandas(frame(), preserve_index=False), path, compression="none")


def _images(path: Path) -> None:
    write_tensors(path, {"images": np.arange(32, dtype=np.float32).reshape(1, 2, 4, 4)})


def _model(path: Path) -> None:
    weights = {"encoder.weight": np.ones((2, 3), np.float32), "bn.running_mean": np.zeros(2, np.float32)}
    write_tensors(path, weights, {"rootline": '{"run": "aa", "scale": {}}'})


TABLES = {
    "table": Reader("a.parquet", written_by(lambda path: write_table(path, frame(), key=EVENT_KEY)), _whole_table),
    "plain_table": Reader("b.parquet", written_by(_write_plainly), lambda path: read_frames([path], key=EVENT_KEY)),
    "numbers": Reader("c.parquet", written_by(_write_plainly), read_numbers),
    "tracks": Reader("t.parquet", written_by(lambda path: write_table(path, track_table(), key=TRACK_KEY)), _features,
                     names_file=False),
    "plain_tracks": Reader("u.parquet", written_by(_write_tracks_plainly), _features, names_file=False),
    "tensors": Reader("m.safetensors", written_by(_model), _tensors),
    "parameters": Reader("n.safetensors", written_by(_model), count_parameters),
    "images": Reader("i.safetensors", written_by(_images), read_images),
    "checkpoint": Reader(FILE_NAME, written_by(lambda path: _write_checkpoint(path.parent)), _checkpoint),
}  # fmt: skip
"""Readers of binary files by name."""

"""One row per track: what the page draws, colours and lists."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, describe_key, join_strict
from rootline.lartpc.analyses.tables import (
    CHI2_DEFINED_MAX,
    LOG_LIKELIHOOD_DEFINED_MIN,
    feature_names,
    join_features,
    latent_names,
)
from rootline.lartpc.candidates import SUFFIX
from rootline.lartpc.detector import PLANES
from rootline.lartpc.explorer.packing import Profile

PROFILE_COLUMNS: Final = tuple(f"{plane}_{name}" for plane in PLANES for name in ("wire_min", "profile"))
"""Columns of the track table that `profiles_of` reads."""

TRACK_COLUMNS: Final = ("p", "m", "beamline_mass", "match_score")
"""Columns of the track table that a person may want to see or to colour by."""

SCORE_COLUMNS: Final = ("selection", "logistic")
"""Columns of the probe's scores that are read."""

PROBE_SCORE: Final = "probe_score"
"""Name of the probe's score in the table of points; NaN for tracks that the probe was not made for."""

KAON_SCORE: Final = "kaon_score"
"""Name of the forest's score of a reference candidate."""

_ERRORS: Final = ("reconstruction_error", "reconstruction_error_weighted")

_SCORES: Final = {
    PROBE_SCORE: "probe score",
    KAON_SCORE: "kaon score (forest)",
    "reconstruction_error": "reconstruction error",
    "reconstruction_error_weighted": "weighted error",
}


def gather_points(
    latents: pd.DataFrame,
    embedding: pd.DataFrame,
    features: pd.DataFrame,
    tracks: pd.DataFrame,
    scores: pd.DataFrame,
    kaon_scores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Join by key all that is known of each track.

    Parameters
    ----------
    latents, features : data frames
        Of the very same tracks, with the reference candidates that were not chosen.
    embedding : data frame
        Of the same tracks without these candidates, which lie nowhere on the map then.
    tracks : data frame
        Of all tracks, with TRACK_COLUMNS.
    scores : data frame
        As `probe` gives them: SCORE_COLUMNS, of some of the tracks, once per selection.
    kaon_scores : data frame, optional
        kaon_score of some of the tracks: what the forest thinks of the reference candidates.

    Returns
    -------
    data frame
        TRACK_KEY, part, particle and the columns that `describe_columns` describes, in the order of the key.

    Raises
    ------
    UserError
        If a key has no partner.
    """
    points = latents[[*TRACK_KEY, "part", "particle", *latent_names(latents), *_ERRORS]]
    points = join_features(points, features)
    points = join_strict(points, tracks[[*TRACK_KEY, *TRACK_COLUMNS]], key=TRACK_KEY, names=("latents", "tracks"))
    of_study = points.loc[~points["particle"].str.endswith(SUFFIX), list(TRACK_KEY)]
    positions = embedding[[*TRACK_KEY, "umap_1", "umap_2"]]
    points = _join_some(
        points,
        join_strict(of_study, positions, key=TRACK_KEY, names=("latents", "embedding")),
        "positions in the embedding",
    )
    of_all = scores.loc[scores["selection"] == "all", [*TRACK_KEY, "logistic"]]
    points = _join_some(points, of_all.rename(columns={"logistic": PROBE_SCORE}), "probe scores")
    if kaon_scores is None:
        return points
    return _join_some(points, kaon_scores[[*TRACK_KEY, KAON_SCORE]], "scores of reference candidates")


def _join_some(points: pd.DataFrame, table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Join a table that may lack some of the points, which get NaN; `name` is how an error calls its rows."""
    joined = points.merge(table, on=list(TRACK_KEY), how="outer", indicator="_side", validate="one_to_one")
    alone = joined[joined["_side"] == "right_only"]
    if len(alone):
        key = describe_key(alone.iloc[0][list(TRACK_KEY)].to_dict())
        raise UserError(
            f"{len(alone)} {name} are of tracks without latents; the first is {key}; the two were made from different "
            "inputs, run again to rebuild them"
        )
    return joined.drop(columns="_side").sort_values(list(TRACK_KEY), ignore_index=True)


def describe_columns(points: pd.DataFrame, features: pd.DataFrame) -> list[dict[str, Any]]:
    """Describe the numbers of each point in the order in which the page offers them.

    Returns
    -------
    list of dict
        name, label, group; and above or below, where a larger or smaller value counts as undefined.
    """
    described = [{"name": f"umap_{axis}", "label": f"UMAP {axis}", "group": "embedding"} for axis in (1, 2)]
    described += [
        {"name": name, "label": name.replace("mu_", "latent "), "group": "latents"} for name in latent_names(points)
    ]
    described += [
        {"name": name, "label": label, "group": "scores"} for name, label in _SCORES.items() if name in points
    ]
    described += [_describe_feature(name) for name in feature_names(features)]
    described += [{"name": name, "label": name.replace("_", " "), "group": "track"} for name in TRACK_COLUMNS]
    return described


def _describe_feature(name: str) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "label": name.replace("_", " "), "group": "features"}
    if name.startswith("chi2_"):
        described |= {"label": f"\N{GREEK SMALL LETTER CHI}² {name.removeprefix('chi2_')}", "group": "scores"}
        described["above"] = CHI2_DEFINED_MAX
    elif name.startswith("log_likelihood_"):
        described["below"] = LOG_LIKELIHOOD_DEFINED_MIN
    return described


def column_values(points: pd.DataFrame, names: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Give some columns as an (n_names, n_points) float32 array, NaN where there is no value."""
    return np.stack([points[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names]).astype(np.float32)


def profiles_of(tracks: pa.Table) -> Iterator[tuple[Profile, ...]]:
    """Give the profiles of both planes of each track, in the order of the table, which has PROFILE_COLUMNS."""
    columns = []
    for plane in PLANES:
        wires = tracks[f"{plane}_wire_min"].to_numpy()
        profiles = tracks[f"{plane}_profile"].combine_chunks()
        ends = profiles.offsets.to_numpy()
        columns.append((wires, ends - ends[0], profiles.flatten().to_numpy()))
    for row in range(len(tracks)):
        yield tuple(Profile(int(wires[row]), charges[ends[row] : ends[row + 1]]) for wires, ends, charges in columns)

"""The 25 hand-made physics quantities of a track, from its cluster in the collection plane."""

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.feature_charge import charge_features
from rootline.lartpc.feature_profile import bragg_features, profile_features
from rootline.lartpc.feature_shape import solidities
from rootline.lartpc.segments import Floats, select
from rootline.lartpc.sidefiles import SIDE_KEY, SideTable
from rootline.lartpc.tracks import BOX_SIDES, HYPOTHESES, plane_boxes, plane_pixels, plane_profiles

FEATURE_PLANE: Final = "collection"

FEATURE_CATEGORIES: Final = {
    "total_adc": "charge",
    "mean_adc": "charge",
    "median_adc": "charge",
    "std_adc": "charge",
    "max_adc": "charge",
    "adc_entropy": "charge",
    "n_pixels": "shape",
    "solidity": "shape",
    "fill_fraction": "shape",
    "bragg_peak_height": "bragg",
    "max_ADC_position": "bragg",
    "bragg_peak_ratio": "bragg",
    "bragg_peak_to_median": "bragg",
    "end_vs_start_ratio": "bragg",
    "last_quartile_mean": "bragg",
    "first_quartile_mean": "bragg",
    "bragg_rise_slope": "bragg",
    "peak_integral_fraction": "bragg",
    "bragg_peak_width": "bragg",
    "profile_cv": "profile",
    "monotonic_rise_fraction": "profile",
    "relative_peak_energy": "profile",
    "profile_skewness": "profile",
    "profile_kurtosis": "profile",
    "n_local_maxima": "profile",
}
"""Feature to the kind of quantity it is; the order is that of the columns."""

FEATURES: Final = tuple(FEATURE_CATEGORIES)

FEATURE_COLUMNS: Final = (
    "particle",
    *(f"{FEATURE_PLANE}_{side}" for side in BOX_SIDES),
    f"{FEATURE_PLANE}_pixels",
    f"{FEATURE_PLANE}_profile",
    *(f"chi2_{hypothesis}" for hypothesis in HYPOTHESES),
)
"""Columns of the track table that `feature_table` needs beside the key."""

_TRACKS_AT_A_TIME = 256  # their pixels stay in the processor's cache


def compute_features(tracks: pa.Table) -> pd.DataFrame:
    """Compute the features of every track.

    Parameters
    ----------
    tracks : pa.Table
        Key, box, pixels and profile of the collection plane.

    Returns
    -------
    data frame
        The track key and one float64 column per feature, in the order of the
        tracks' rows. A feature that is not defined for a track is NaN.

    Raises
    ------
    UserError
        If a track's lists do not fit together.
    """
    pixels = plane_pixels(tracks, FEATURE_PLANE)
    profile, profile_offsets = plane_profiles(tracks, FEATURE_PLANE)
    boxes = plane_boxes(tracks, FEATURE_PLANE)
    areas = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
    chunks: list[dict[str, Floats]] = []
    for first in range(0, len(boxes), _TRACKS_AT_A_TIME):
        last = min(first + _TRACKS_AT_A_TIME, len(boxes))
        mine = slice(pixels.offsets[first], pixels.offsets[last])
        offsets = pixels.offsets[first : last + 1] - pixels.offsets[first]
        adc, n = pixels.adc[mine], np.diff(offsets)
        wire = pixels.wire[mine] - np.repeat(boxes[first:last, 0], n)
        tick = pixels.tick[mine] - np.repeat(boxes[first:last, 2], n)
        lit = adc > 0
        lit_tick, lit_offsets = select(tick, offsets, lit)
        heights = profile[profile_offsets[first] : profile_offsets[last]]
        height_offsets = profile_offsets[first : last + 1] - profile_offsets[first]
        chunks.append(
            charge_features(adc, offsets, areas[first:last])
            | {"solidity": solidities(wire[lit], lit_tick, lit_offsets)}
            | bragg_features(heights, height_offsets)
            | profile_features(heights, height_offsets)
        )
    keys = tracks.select(list(TRACK_KEY)).to_pandas()
    values = {name: np.concatenate([chunk[name] for chunk in chunks]) if chunks else np.zeros(0) for name in FEATURES}
    features: pd.DataFrame = keys.assign(**values)
    return features


def feature_table(tracks: pa.Table, loglikelihood: SideTable | None = None) -> pa.Table:
    """Give key, particle, the 25 features, chi2 per hypothesis and, where there are any, the log-likelihoods.

    Parameters
    ----------
    tracks : pa.Table
        The track table, at least key and `FEATURE_COLUMNS`.
    loglikelihood : SideTable, optional
        One row per event; tracks without one get null.
    """
    table = pa.Table.from_pandas(compute_features(tracks), preserve_index=False).replace_schema_metadata(None)
    table = table.add_column(len(TRACK_KEY), "particle", tracks["particle"])
    for hypothesis in HYPOTHESES:
        table = table.append_column(f"chi2_{hypothesis}", tracks[f"chi2_{hypothesis}"])
    if loglikelihood is None:
        return table
    events = loglikelihood.table.select(list(SIDE_KEY)).to_pandas()
    events["row"] = np.arange(len(events))
    keys = tracks.select(list(SIDE_KEY)).to_pandas()
    rows = keys.merge(events, on=list(SIDE_KEY), how="left", validate="many_to_one")["row"].to_numpy(np.float64)
    found = pa.array(np.nan_to_num(rows, nan=-1).astype(np.int64), mask=np.isnan(rows))
    for name in ("log_likelihood_kaon", "log_likelihood_proton"):
        table = table.append_column(name, loglikelihood.table[name].take(found))
    return table

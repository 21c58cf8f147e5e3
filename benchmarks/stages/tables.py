"""From clusters to tracks, images and features."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from benchmarks.baseline import chi2, features, images, matching
from benchmarks.inputs import read_curves
from benchmarks.stages import Stage
from rootline.core.tables import CLUSTER_KEY
from rootline.lartpc.chi2 import chi2_per_track, likelier_hypothesis
from rootline.lartpc.detector import PLANES
from rootline.lartpc.features import FEATURES, compute_features
from rootline.lartpc.images import ImageConfig, render_images
from rootline.lartpc.matching import match_clusters
from rootline.lartpc.segments import sorted_segments
from rootline.lartpc.sidefiles import read_reco
from rootline.lartpc.tracks import BOX_SIDES, plane_boxes, plane_pixels, ragged

BoxImage = NDArray[np.int16]


def match(clusters: pa.Table, *, n_events: int) -> Stage:
    """Kept clusters to pairs; all equal."""
    kept = clusters.filter(pc.is_null(clusters["cut"])).select([*CLUSTER_KEY, *BOX_SIDES]).to_pandas()
    n_pairs = len(match_clusters(kept))
    return Stage(
        "match planes", f"{n_events} events", n_pairs, "pair",
        baseline=partial(matching.match_clusters, kept),
        ours=partial(match_clusters, kept),
        check=_check_pairs,
        floors=[partial(np.argsort, _draw_scores(kept), kind="stable")],
        floor_is="sort of each event's candidates",
    )  # fmt: skip


def _draw_scores(kept: pd.DataFrame) -> NDArray[np.float64]:
    """Give a number for each candidate, those of an event beside each other and between two whole numbers."""
    counts = kept.groupby(["run", "subrun", "event", "plane"]).size().unstack(fill_value=0)  # noqa: PD010
    n_candidates = (counts["collection"] * counts["induction"]).to_numpy()
    return np.repeat(np.arange(len(n_candidates)), n_candidates) + np.random.default_rng(1).random(n_candidates.sum())


def _check_pairs(plain: pd.DataFrame, fast: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(fast[list(plain.columns)], plain, check_dtype=False, check_exact=True)


def compare_curves(hits: Path, curves: dict[str, Path], *, n_events: int) -> Stage:
    """Reconstruction CSV and curves to chi2 of both hypotheses and the likelier one; within 1e-12."""
    n_tracks = len(read_reco(hits).table)
    return Stage(
        "chi2 with parsing", f"{n_events} events", n_tracks, "track",
        baseline=lambda: chi2.compare_tracks(hits, *(chi2.read_curve(curves[name]) for name in ("kaon", "proton"))),
        ours=partial(_compare, hits, curves),
        check=lambda plain, fast: _check_frames(plain, fast.to_pandas(), rtol=1e-12),
        floors=[lambda: pyarrow.csv.read_csv(hits).num_rows],
        floor_is="reading the CSV as text",
    )  # fmt: skip


def _compare(hits: Path, curves: dict[str, Path]) -> pa.Table:
    table = read_reco(hits).table
    ranges, offsets = ragged(table["residual_range"])
    dedx, _ = ragged(table["dedx"])
    chi2 = chi2_per_track(ranges, dedx, offsets, read_curves(curves))
    columns = {name: table[name] for name in ("run", "subrun", "event")}
    columns |= {f"chi2_{name}": pa.array(values, from_pandas=False) for name, values in chi2.items()}
    return pa.table({**columns, "hypothesis": pa.array(likelier_hypothesis(chi2["kaon"], chi2["proton"]), pa.string())})


def _check_frames(plain: pd.DataFrame, fast: pd.DataFrame, *, rtol: float) -> None:
    assert len(plain) == len(fast), f"{len(plain)} and {len(fast)} rows"
    for name in plain:
        if plain[name].dtype.kind == "f":
            np.testing.assert_allclose(fast[name], plain[name], rtol=rtol, atol=rtol, err_msg=name)
        else:
            np.testing.assert_array_equal(fast[name].to_numpy(object), plain[name].to_numpy(object), err_msg=name)


def box_images(tracks: pa.Table, plane: str) -> list[BoxImage]:
    """Give each track's cluster of one plane as the image of its box, 0 where it has no pixel."""
    pixels, boxes = plane_pixels(tracks, plane), plane_boxes(tracks, plane)
    drawn = []
    for number, (wire_min, wire_max, tick_min, tick_max) in enumerate(boxes):
        mine = slice(pixels.offsets[number], pixels.offsets[number + 1])
        image = np.zeros((wire_max - wire_min, tick_max - tick_min), np.int16)
        image[pixels.wire[mine] - wire_min, pixels.tick[mine] - tick_min] = pixels.adc[mine]
        drawn.append(image)
    return drawn


def render(tracks: pa.Table, *, resampling: Any, n_events: int) -> Stage:
    """Tracks to images; within 2e-6 of the brightest pixel, for the baseline adds in float32."""
    pairs = list(zip(*(box_images(tracks, plane) for plane in PLANES), strict=True))
    plain = images.render_area if resampling == "area" else images.render_bilinear
    return Stage(
        f"images, {resampling}", f"{n_events} events", len(pairs), "track",
        baseline=partial(plain, pairs),
        ours=partial(render_images, tracks, ImageConfig(resampling=resampling)),
        check=_check_images,
        floors=[partial(_sum_pixels, tracks)],
        floor_is="one sum over the pixels",
    )  # fmt: skip


def _sum_pixels(tracks: pa.Table) -> float:
    total = 0.0
    for plane in PLANES:
        pixels = plane_pixels(tracks, plane)
        total += float(np.bincount(pixels.track, weights=pixels.adc).sum())
    return total


def _check_images(plain: NDArray[np.float32], fast: NDArray[np.float32]) -> None:
    np.testing.assert_allclose(fast, plain, rtol=1e-5, atol=2e-6 * float(plain.max()))


def measure_features(tracks: pa.Table, *, n_events: int) -> Stage:
    """Tracks to their 25 features; within 1e-9."""
    drawn = box_images(tracks, "collection")
    return Stage(
        "25 features", f"{n_events} events", len(drawn), "cluster",
        baseline=lambda: features.compute_features(drawn)[list(FEATURES)],
        ours=lambda: compute_features(tracks)[list(FEATURES)],
        check=partial(_check_frames, rtol=1e-9),
        floors=[partial(_sort_pixels, tracks)],
        floor_is="sort of the pixels",
    )  # fmt: skip


def _sort_pixels(tracks: pa.Table) -> int:
    pixels = plane_pixels(tracks, "collection")
    return len(sorted_segments(pixels.adc, pixels.offsets))

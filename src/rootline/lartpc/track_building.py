"""From clusters to tracks: match the planes, cut the pairs, join the side files, compare with the expected curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.tables import CLUSTER_KEY, EVENT_KEY, join_strict, read_table, sort_by_key
from rootline.lartpc.candidates import candidate_label
from rootline.lartpc.chi2 import chi2_per_track, likelier_hypothesis
from rootline.lartpc.curves import Curve
from rootline.lartpc.cuts import CLUSTER_CUTS, PAIR_CUTS, RoleCuts, first_failed_pair_cut
from rootline.lartpc.detector import PLANES
from rootline.lartpc.inputs import ROLES_WITH_RECO
from rootline.lartpc.matching import MatchingConfig, match_clusters
from rootline.lartpc.sidefiles import SIDE_KEY, SideTable
from rootline.lartpc.tracks import BOX_SIDES, HYPOTHESES, TRACK_SCHEMA, ragged

_PIXEL_LISTS = ("wire", "tick", "adc")
_PLAIN_TEXT = {"sample": object, "plane": object}  # pandas 3 cannot merge Arrow's strings where there are no rows


class SampleLabel(NamedTuple):
    """What the user calls a sample, the particle in it, and what it is for."""

    sample: str
    particle: str
    role: str

    @property
    def of_tracks(self) -> str:
        """What its tracks are called: those of a reference sample are candidates until one is chosen."""
        return candidate_label(self.particle) if self.role == "reference" else self.particle


class BuiltTracks(NamedTuple):
    """Tracks of one sample and what happened on the way.

    Attributes
    ----------
    tracks : pa.Table
        One row per track, columns of `TRACK_SCHEMA`.
    cutflow : dict
        For JSON: ``sample``, ``particle``, ``role``; ``steps``, a list in the
        order of the analysis with ``unit`` (events, collection clusters,
        induction clusters, pairs), ``step`` and the ``count`` that is left;
        ``side_files``, what was counted in reading and joining them.
    """

    tracks: pa.Table
    cutflow: dict[str, Any]


def build_tracks(
    clusters: pa.Table,
    pixels: pa.Table,
    *,
    label: SampleLabel,
    matching: MatchingConfig,
    cuts: RoleCuts,
    beamline: SideTable | None,
    reco: SideTable | None,
    curves: Mapping[str, Curve],
    listed: pd.DataFrame | None = None,
) -> BuiltTracks:
    """Build the track table of one sample.

    Parameters
    ----------
    clusters : pa.Table
        All clusters of the sample, cut or not, as in ``clusters/{sample}.parquet``.
    pixels : pa.Table
        Pixels (lists wire, tick, adc) and profile of each cluster that no cut
        dropped, by the cluster key.
    label : SampleLabel
        Its particle goes to the tracks; its role decides whether they need
        the reconstruction.
    matching, cuts : MatchingConfig, RoleCuts
        How clusters are paired, and which pairs are kept.
    beamline, reco : SideTable, optional
        The side files. Tracks of the roles train and held_out need `reco` and
        those without it leave; the other roles' residual range, dE/dx, chi2
        and hypothesis are null.
    curves : mapping
        Expected curve of every hypothesis, kaon and proton.
    listed : data frame, optional
        run, subrun and event of the events that are wanted; all without it.

    Raises
    ------
    UserError
        If clusters and pixels do not belong together, or the role needs a
        side file or curve that is not there.
    """
    _require(label.role, reco, curves)
    steps = _cluster_steps(clusters)
    kept = _kept_clusters(clusters, pixels, label.sample)
    if listed is not None:
        events, kept = _of_events(clusters.select(list(EVENT_KEY)).to_pandas(), listed), _of_events(kept, listed)
        steps.insert(1, {"unit": "events", "step": "in the event list", "count": len(events.drop_duplicates())})
    pairs = match_clusters(kept[[*CLUSTER_KEY, *BOX_SIDES]], matching)
    for plane in PLANES:
        pairs = _with_boxes(pairs, kept, plane)
    steps.append({"unit": "pairs", "step": "matched", "count": len(pairs)})
    failed = first_failed_pair_cut(cuts, heights=_extents(pairs, "wire"), widths=_extents(pairs, "tick"))
    steps.extend(_remaining("pairs", failed, PAIR_CUTS))
    pairs = pairs[pd.isna(failed)].reset_index(drop=True)

    counts: dict[str, int] = {}
    if beamline is not None:
        matched = _side_rows(pairs, beamline.table)
        counts |= {**beamline.counts, "pairs_with_beamline": int((matched >= 0).sum())}
    if reco is not None and label.role in ROLES_WITH_RECO:
        matched = _side_rows(pairs, reco.table)
        pairs = pairs[matched >= 0].reset_index(drop=True)
        counts |= {**reco.counts, "pairs_without_reco": int((matched < 0).sum())}
        steps.append({"unit": "pairs", "step": "reconstruction", "count": len(pairs)})

    columns: dict[str, pa.Array | pa.ChunkedArray] = {name: pa.array(pairs[name]) for name in EVENT_KEY}
    columns["particle"] = pa.array([label.of_tracks] * len(pairs), pa.string())
    columns |= {name: pa.array(pairs[name]) for name in ("track", "match_score")}
    columns |= {f"cluster_{plane}": pa.array(pairs[f"cluster_{plane}"]) for plane in PLANES}
    for plane in PLANES:
        columns |= _plane_columns(pairs, pixels, plane)
    columns |= _beamline_columns(pairs, beamline)
    columns |= _reco_columns(pairs, reco if label.role in ROLES_WITH_RECO else None, curves)
    tracks = pa.table({name: columns[name] for name in TRACK_SCHEMA.names}).cast(TRACK_SCHEMA)
    cutflow = {**label._asdict(), "steps": steps, "side_files": counts}
    return BuiltTracks(tracks, cutflow)


def read_pixels(paths: Sequence[Path]) -> pa.Table:
    """Read the pixels of the kept clusters of all files of a sample, in the order of the key."""
    columns = (*_PIXEL_LISTS, "profile")
    tables = [read_table(path, key=CLUSTER_KEY, columns=columns) for path in paths]
    return sort_by_key(pa.concat_tables(tables), key=CLUSTER_KEY, name=", ".join(map(str, paths)))


def _require(role: str, reco: SideTable | None, curves: Mapping[str, Curve]) -> None:
    if role not in ROLES_WITH_RECO:
        return
    if reco is None:
        raise UserError(
            f"the role {role} needs a reconstruction CSV (run, subrun, event, trkrr, trkdedx), and none is given; set "
            "lartpc.input.reco, or give the sample the role mip or reference in samples.tsv"
        )
    if missing := [hypothesis for hypothesis in HYPOTHESES if hypothesis not in curves]:
        raise UserError(f"no expected dE/dx curve of {' and '.join(missing)}; set lartpc.input.curves.{missing[0]}")


def _kept_clusters(clusters: pa.Table, pixels: pa.Table, sample: str) -> pd.DataFrame:
    """Clusters that no cut dropped, with the row of their pixels."""
    flat = clusters.select([*CLUSTER_KEY, *BOX_SIDES]).filter(pc.is_null(clusters["cut"])).to_pandas()
    flat = flat.astype(_PLAIN_TEXT)
    others = sorted(set(clusters["sample"].unique().to_pylist()) - {sample})
    if others:
        raise UserError(f"the clusters are of the sample {', '.join(others)}, not only of {sample}; rebuild them")
    rows = pixels.select(list(CLUSTER_KEY)).to_pandas().astype(_PLAIN_TEXT)
    rows["pixel_row"] = np.arange(len(rows))
    return join_strict(flat, rows, key=CLUSTER_KEY, names=("the kept clusters", "the pixels"))


def _of_events(rows: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Rows whose event is listed, in any sample."""
    events, wanted = (pd.MultiIndex.from_frame(table[list(SIDE_KEY)]) for table in (rows, listed))
    return rows[events.isin(wanted)].reset_index(drop=True)


def _cluster_steps(clusters: pa.Table) -> list[dict[str, Any]]:
    flat = clusters.select([*EVENT_KEY, "plane", "cut"]).to_pandas()
    n_events = len(flat[list(EVENT_KEY)].drop_duplicates())
    steps: list[dict[str, Any]] = [{"unit": "events", "step": "with clusters", "count": n_events}]
    for plane in PLANES:
        cut = flat.loc[flat["plane"] == plane, "cut"].to_numpy(dtype=object)
        unit = f"{plane} clusters"
        steps += [{"unit": unit, "step": "found", "count": len(cut)}, *_remaining(unit, cut, CLUSTER_CUTS)]
    return steps


def _remaining(unit: str, failed: NDArray[np.object_], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """How many are left after each cut, in the order of the cuts."""
    left, steps = len(failed), []
    for name in names:
        left -= int((failed == name).sum())
        steps.append({"unit": unit, "step": name, "count": left})
    if left != (n_kept := int(pd.isna(failed).sum())):
        unknown = sorted({str(name) for name in failed if isinstance(name, str)} - set(names))
        raise UserError(
            f"{unit}: {left - n_kept} are dropped by a cut named {', '.join(unknown)}; known are {', '.join(names)}; "
            "rebuild the cluster table"
        )
    return steps


def _with_boxes(pairs: pd.DataFrame, kept: pd.DataFrame, plane: str) -> pd.DataFrame:
    names = {side: f"{plane}_{side}" for side in BOX_SIDES}
    boxes = kept[kept["plane"] == plane].rename(
        columns={"cluster": f"cluster_{plane}", "pixel_row": f"{plane}_pixel_row", **names}
    )
    wanted = [*EVENT_KEY, f"cluster_{plane}", *names.values(), f"{plane}_pixel_row"]
    return pairs.merge(boxes[wanted], on=[*EVENT_KEY, f"cluster_{plane}"], how="left", validate="one_to_one")


def _extents(pairs: pd.DataFrame, axis: str) -> NDArray[np.int64]:
    """(n_pairs, 2) heights (axis wire) or widths (axis tick) of both clusters."""
    sides = [(pairs[f"{plane}_{axis}_max"] - pairs[f"{plane}_{axis}_min"]).to_numpy(np.int64) for plane in PLANES]
    return np.stack(sides, axis=1)


def _side_rows(pairs: pd.DataFrame, side: pa.Table) -> NDArray[np.int64]:
    """Row of each pair's event in a side table, -1 where it has none."""
    keys = side.select(list(SIDE_KEY)).to_pandas()
    keys["side_row"] = np.arange(len(keys))
    joined = pairs[list(SIDE_KEY)].merge(keys, on=list(SIDE_KEY), how="left", validate="many_to_one")
    return joined["side_row"].fillna(-1).to_numpy(np.int64)


def _plane_columns(pairs: pd.DataFrame, pixels: pa.Table, plane: str) -> dict[str, pa.Array | pa.ChunkedArray]:
    rows = pa.array(pairs[f"{plane}_pixel_row"].to_numpy(np.int64))
    taken = pixels.select([*_PIXEL_LISTS, "profile"]).take(rows).combine_chunks()
    lists = [_one_array(taken[name]) for name in _PIXEL_LISTS]
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        f"{plane}_{side}": pa.array(pairs[f"{plane}_{side}"], pa.int32()) for side in BOX_SIDES
    }
    columns[f"{plane}_pixels"] = pa.StructArray.from_arrays(lists, names=list(_PIXEL_LISTS))
    columns[f"{plane}_profile"] = taken["profile"]
    return columns


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _beamline_columns(pairs: pd.DataFrame, beamline: SideTable | None) -> dict[str, pa.Array | pa.ChunkedArray]:
    names = ("p", "m", "beamline_mass")
    if beamline is None:
        return {name: pa.nulls(len(pairs), TRACK_SCHEMA.field(name).type) for name in names}
    rows = _side_rows(pairs, beamline.table)
    taken = beamline.table.select(list(names)).take(pa.array(rows, mask=rows < 0))
    return {name: taken[name] for name in names}


def _reco_columns(
    pairs: pd.DataFrame, reco: SideTable | None, curves: Mapping[str, Curve]
) -> dict[str, pa.Array | pa.ChunkedArray]:
    """Residual range, dE/dx, chi2 and hypothesis; every pair has a partner in `reco`, or all are null."""
    chi2_names = {hypothesis: f"chi2_{hypothesis}" for hypothesis in HYPOTHESES}
    if reco is None:
        names = ("residual_range", "dedx", *chi2_names.values(), "hypothesis")
        return {name: pa.nulls(len(pairs), TRACK_SCHEMA.field(name).type) for name in names}
    taken = reco.table.take(pa.array(_side_rows(pairs, reco.table)))
    residual_range, offsets = ragged(taken["residual_range"])
    dedx, _ = ragged(taken["dedx"])
    chi2 = chi2_per_track(residual_range, dedx, offsets, {name: curves[name] for name in HYPOTHESES})
    columns = {"residual_range": taken["residual_range"], "dedx": taken["dedx"]}
    columns |= {chi2_names[hypothesis]: pa.array(values, from_pandas=False) for hypothesis, values in chi2.items()}
    columns["hypothesis"] = pa.array(likelier_hypothesis(chi2["kaon"], chi2["proton"]), pa.string())
    return columns

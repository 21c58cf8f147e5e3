"""From clusters to tracks: joins by key, nothing lost without being counted."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rootline.core.errors import UserError
from rootline.core.tables import CLUSTER_KEY, TRACK_KEY, write_table
from rootline.lartpc.clusters import CLUSTER_SCHEMA, PIXEL_SCHEMA
from rootline.lartpc.curves import Curve
from rootline.lartpc.cuts import RoleCuts
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.sidefiles import read_beamline, read_reco
from rootline.lartpc.track_building import SampleLabel, build_tracks, read_pixels
from rootline.lartpc.tracks import TRACK_SCHEMA

GRID = np.arange(1, 601) * 0.05
CURVES = {
    "kaon": Curve(GRID, 1.6 + 6.5 * GRID**-0.42, "natural"),
    "proton": Curve(GRID, 1.7 + 8.0 * GRID**-0.42, "natural"),
}
CUTS = RoleCuts(pair_height_min=3, pair_height_max=60, pair_width_max=70)
SIDES = ("wire_min", "wire_max", "tick_min", "tick_max")
N_EVENTS = 200
WANTED = [*range(3, 60, 5)]


def random_clusters(seed=0, n_events=N_EVENTS):
    """Give rows of clusters in random boxes, a third of them cut, and pixels and profiles of the others."""
    rng = np.random.default_rng(seed)
    clusters, pixels = [], []
    for event in range(n_events):
        for plane in ("collection", "induction"):
            for cluster in range(rng.integers(0, 5)):
                wire_min, tick_min = rng.integers(0, 150), rng.integers(0, 500)
                height, width = rng.integers(2, 64), rng.integers(1, 80)
                key = {"sample": "s", "run": 1 + event % 2, "subrun": event % 3, "event": event}
                key |= {"plane": plane, "cluster": cluster}
                row = key | dict(
                    zip(SIDES, (wire_min, wire_min + height, tick_min, tick_min + width), strict=True),
                    n_pixels=2,
                    charge_sum=50,
                    charge_max=30,
                    vertex_tick=tick_min,
                    cut=rng.choice([None, None, None, None, "height", "entry_wire"]),
                )
                clusters.append(row)
                if row["cut"] is None:
                    lists = {
                        "wire": [wire_min, wire_min + height - 1],
                        "tick": [tick_min, tick_min],
                        "adc": [20, cluster],
                    }
                    pixels.append(key | lists | {"profile": rng.integers(1, 99, height).tolist()})
    return clusters, pixels


@pytest.fixture
def side_files(tmp_path):
    rng = np.random.default_rng(1)
    beamline, reco = ["run,subrun,event,p,m,beamline_mass"], ["run,subrun,event,trkrr,trkdedx"]
    for event in range(N_EVENTS):
        key = f"{1 + event % 2},{event % 3},{event}"
        if event % 4:
            beamline.append(f"{key},{event % 2},1,{900 + event}")
        if event % 5:
            ranges = rng.uniform(0.1, 30 if event % 7 else 31, 20).round(3)
            dedx = rng.uniform(1, 4 if event % 2 else 20, 20).round(4)
            reco.append(f"{key},{';'.join(map(str, ranges))},{';'.join(map(str, dedx))}")
    for name, lines in (("beamline", beamline), ("reco", reco)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return {"beamline": read_beamline(tmp_path / "beamline.csv"), "reco": read_reco(tmp_path / "reco.csv")}


def tables(clusters, pixels):
    return pa.Table.from_pylist(clusters, schema=CLUSTER_SCHEMA), pa.Table.from_pylist(pixels, schema=PIXEL_SCHEMA)


def build(clusters, pixels, *, role="train", curves=CURVES, **sides):
    found = {"beamline": None, "reco": None} | sides
    return build_tracks(
        clusters,
        pixels,
        label=SampleLabel("s", "proton", role),
        matching=MatchingConfig(),
        cuts=CUTS,
        curves=curves,
        **found,
    )


def reference_pairs(clusters):
    """Match every event by looking at all its pairs; list (row of collection, row of induction, track, score)."""
    pairs = []
    for event in range(N_EVENTS):
        of = {
            plane: [row for row in clusters if (row["event"], row["plane"], row["cut"]) == (event, plane, None)]
            for plane in ("collection", "induction")
        }
        candidates = []
        for c in of["collection"]:
            for i in of["induction"]:
                score = sum((c[side] - i[side]) ** 2 for side in SIDES)
                score += ((c["wire_max"] - c["wire_min"]) - (i["wire_max"] - i["wire_min"])) ** 2
                candidates.append((score, i["cluster"], c["cluster"], c, i))
        track, used = 0, set()
        for score, i_index, c_index, c, i in sorted(candidates, key=lambda pair: pair[:3]):
            if not {("i", i_index), ("c", c_index)} & used:
                used |= {("i", i_index), ("c", c_index)}
                pairs.append((c, i, track, score))
                track += 1
    return pairs


def reference_chi2(ranges, dedx, curve):
    expected = dict(zip(curve.residual_range.round(2), curve.dedx, strict=True))
    terms = []
    for r, d in zip(ranges, dedx, strict=True):
        e = expected.get(round(round(r / 0.05) * 0.05, 2), np.nan)
        terms.append((d - e) ** 2 / e)
    return sum(terms) / len(terms)


def passes(row):
    return 3 < row["wire_max"] - row["wire_min"] < 60 and row["tick_max"] - row["tick_min"] < 70


def test_tracks_equal_a_plain_loop_over_events_and_pairs(side_files):
    clusters, pixels = random_clusters()
    built = build(*tables(clusters, pixels), **side_files)
    beamline, reco = (
        {(row["run"], row["subrun"], row["event"]): row for row in side_files[name].table.to_pylist()}
        for name in ("beamline", "reco")
    )
    pixels_of = {tuple(row[name] for name in CLUSTER_KEY): row for row in pixels}
    expected = []
    for c, i, track, score in reference_pairs(clusters):
        key = (c["run"], c["subrun"], c["event"])
        if not (passes(c) and passes(i)) or key not in reco:
            continue
        row = {"sample": "s", **dict(zip(("run", "subrun", "event"), key, strict=True)), "track": track}
        row |= {"particle": "proton", "match_score": score}
        row |= {"cluster_collection": c["cluster"], "cluster_induction": i["cluster"]}
        for cluster, plane in ((c, "collection"), (i, "induction")):
            row |= {f"{plane}_{side}": cluster[side] for side in SIDES}
            own = pixels_of["s", *key, plane, cluster["cluster"]]
            row[f"{plane}_pixels"] = {name: own[name] for name in ("wire", "tick", "adc")}
            row[f"{plane}_profile"] = own["profile"]
        row |= {name: beamline.get(key, {}).get(name) for name in ("p", "m", "beamline_mass")}
        row |= {name: reco[key][name] for name in ("residual_range", "dedx")}
        chi2 = {name: reference_chi2(row["residual_range"], row["dedx"], CURVES[name]) for name in CURVES}
        row["hypothesis"] = "kaon" if chi2["kaon"] < chi2["proton"] else "proton"
        if np.isnan(chi2["kaon"]):
            row["hypothesis"] = None
        expected.append((row, chi2))
    expected.sort(key=lambda pair: [pair[0][name] for name in TRACK_KEY])
    found = built.tracks.sort_by([(name, "ascending") for name in TRACK_KEY])
    assert found.schema.equals(TRACK_SCHEMA)
    for name in CURVES:
        values = found[f"chi2_{name}"]
        assert values.null_count == 0  # undefined is NaN; null means that there was nothing to compare
        np.testing.assert_allclose(values.to_numpy(), [chi2[name] for _, chi2 in expected], rtol=1e-12)
    rows = found.drop_columns(["chi2_kaon", "chi2_proton"]).to_pylist()
    assert rows == [{name: row[name] for name in rows[0]} for row, _ in expected]
    assert len(rows) > 20
    assert None in [row["p"] for row in rows]
    assert {row["hypothesis"] for row in rows} == {"kaon", "proton", None}


def test_the_cut_flow_counts_what_is_left_after_each_step(side_files):
    clusters, pixels = random_clusters()
    built = build(*tables(clusters, pixels), **side_files)
    left = {(step["unit"], step["step"]): step["count"] for step in built.cutflow["steps"]}
    pairs = reference_pairs(clusters)
    of_plane = [row for row in clusters if row["plane"] == "induction"]
    assert left["events", "with clusters"] == len({row["event"] for row in clusters})
    assert left["induction clusters", "found"] == len(of_plane)
    assert left["induction clusters", "height"] == sum(row["cut"] != "height" for row in of_plane)
    assert left["induction clusters", "vertex_tick"] == sum(row["cut"] is None for row in of_plane)
    assert left["pairs", "matched"] == len(pairs)
    kept = [pair for pair in pairs if passes(pair[0]) and passes(pair[1])]
    assert left["pairs", "width"] == len(kept)
    assert left["pairs", "reconstruction"] == built.tracks.num_rows
    counts = built.cutflow["side_files"]
    assert counts["pairs_without_reco"] == len(kept) - built.tracks.num_rows
    assert counts["pairs_with_beamline"] == sum(pair[0]["event"] % 4 > 0 for pair in kept)
    assert counts["reco_rows"] == sum(event % 5 > 0 for event in range(N_EVENTS))


@pytest.mark.parametrize("role", ["mip", "reference"])
def test_roles_without_reconstruction_keep_every_pair(role, side_files):
    clusters, pixels = random_clusters()
    built = build(*tables(clusters, pixels), role=role, **side_files)
    assert built.tracks.num_rows == sum(passes(c) and passes(i) for c, i, *_ in reference_pairs(clusters))
    for name in ("residual_range", "dedx", "chi2_kaon", "chi2_proton", "hypothesis"):
        assert built.tracks[name].null_count == built.tracks.num_rows
    without = build(*tables(clusters, pixels), role=role, curves={})
    assert without.tracks["beamline_mass"].null_count == without.tracks.num_rows


def test_the_order_of_rows_does_not_matter(tmp_path, side_files):
    clusters, pixels = random_clusters()
    rng = np.random.default_rng(5)
    for name, order in (("a", slice(None)), ("b", rng.permutation)):
        shuffled = [rows if name == "a" else [rows[i] for i in order(len(rows))] for rows in (clusters, pixels)]
        write_table(tmp_path / f"{name}.parquet", build(*tables(*shuffled), **side_files).tracks, key=TRACK_KEY)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_pixels_of_several_files_are_read_as_one(tmp_path):
    _, pixels = random_clusters()
    _, table = tables([], pixels)
    write_table(tmp_path / "2.parquet", table.slice(0, 40), key=CLUSTER_KEY)
    write_table(tmp_path / "1.parquet", table.slice(40), key=CLUSTER_KEY)
    read = read_pixels([tmp_path / "1.parquet", tmp_path / "2.parquet"])
    assert read.num_rows == table.num_rows
    with pytest.raises(UserError, match="duplicate keys"):
        read_pixels([tmp_path / "1.parquet", tmp_path / "1.parquet"])


def test_a_sample_without_clusters_gives_an_empty_table(side_files):
    built = build(*tables([], []), **side_files)
    assert built.tracks.num_rows == 0
    assert built.tracks.schema.equals(TRACK_SCHEMA)
    assert all(step["count"] == 0 for step in built.cutflow["steps"])


def test_faults_say_what_is_missing(side_files):
    clusters, pixels = tables(*random_clusters())
    with pytest.raises(UserError, match=r"role held_out needs a reconstruction CSV .* set lartpc\.input\.reco"):
        build(clusters, pixels, role="held_out")
    with pytest.raises(UserError, match=r"no expected dE/dx curve of proton; set lartpc\.input\.curves\.proton"):
        build(clusters, pixels, curves={"kaon": CURVES["kaon"]}, **side_files)
    with pytest.raises(UserError, match=r"1 keys lack a partner.* is in the kept clusters but not in the pixels"):
        build(clusters, pixels.slice(1), **side_files)
    other = clusters.set_column(0, "sample", pa.array(["t"] * len(clusters)))
    with pytest.raises(UserError, match="the clusters are of the sample t, not only of s"):
        build(other, pixels, **side_files)
    unknown = clusters.set_column(clusters.column_names.index("cut"), "cut", pa.array(["colour"] * len(clusters)))
    with pytest.raises(UserError, match="dropped by a cut named colour; known are height, profile"):
        build(unknown, pixels.slice(0, 0), **side_files)


def test_an_event_list_restricts_the_tracks_and_is_counted():
    clusters, pixels = random_clusters()
    listed = pd.DataFrame(
        [(1 + event % 2, event % 3, event) for event in (*WANTED, 5000)], columns=["run", "subrun", "event"]
    )
    every = build(*tables(clusters, pixels), role="reference")
    some = build(*tables(clusters, pixels), role="reference", listed=listed)
    events = pc.is_in(every.tracks["event"], pa.array(WANTED))
    assert some.tracks.num_rows > 0 and some.tracks.equals(every.tracks.filter(events))
    assert some.cutflow["steps"][1] == {
        "unit": "events", "step": "in the event list", "count": len({row["event"] for row in clusters} & set(WANTED)),
    }  # fmt: skip
    nothing = build(*tables(clusters, pixels), role="reference", listed=listed[:0])
    assert nothing.tracks.num_rows == 0 and nothing.tracks.schema.equals(TRACK_SCHEMA)


def test_tracks_of_a_reference_sample_are_candidates_and_its_cutflow_keeps_the_name():
    built = build(*tables(*random_clusters()), role="reference")
    assert set(built.tracks["particle"].to_pylist()) == {"proton candidate"}
    assert built.cutflow["particle"] == "proton"
    assert set(build(*tables(*random_clusters()), role="mip").tracks["particle"].to_pylist()) == {"proton"}

"""Side files of the user that are wrong or oddly written: what the scripts that read them say, and what they leave."""

import numpy as np
import pytest
from tests.checkout import run_script
from tests.faults.refused import assert_refused
from tests.unit.lartpc.tiny import tiny_event, write_flat

from rootline.core.files import read_json, write_json
from rootline.core.tables import TRACK_KEY, read_frame, write_table
from rootline.lartpc.check import check_file
from rootline.lartpc.cluster_tables import write_clusters
from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.raw import open_raw

DETECTOR = DetectorConfig(wires=60, ticks=80)
CUTS = CutsConfig().reference
N_EVENTS = 6
BEAMLINE = "run,subrun,event,p,m,beamline_mass\n" + "".join(f"1,0,{n},1,1,{490 + n}.5\n" for n in range(N_EVENTS))
RECO = "run,subrun,event,trkrr,trkdedx\n" + "".join(f"1,0,{n},0.5;1.5;2.5,{9 + n};7;6.5\n" for n in range(N_EVENTS))
RANGES = np.arange(1, 1201) * 0.05  # [cm]
DEDX = 1.7 + 8.0 * RANGES**-0.42  # [MeV/cm], falls as a stopping particle's does


def curve(ranges=RANGES, dedx=DEDX):
    return "".join(f"{r:.3f} {d:.5f}\n" for r, d in zip(ranges, dedx, strict=True))


@pytest.fixture
def sample(tmp_path):
    """One checked ROOT file with its clusters, and good side files."""
    rng = np.random.default_rng(5)
    events = [tiny_event(rng, n_tracks=1, wires=60, ticks=80) for _ in range(N_EVENTS)]
    write_flat(tmp_path / "a.root", events, [(1, 0, n) for n in range(N_EVENTS)])
    with open_raw(str(tmp_path / "a.root"), tree=None, detector=DETECTOR) as raw:
        checked = check_file(raw)
        tables = {"clusters": tmp_path / "a.parquet", "pixels": tmp_path / "a.pixels.parquet"}
        write_clusters(raw, ClusterConfig(), CUTS, sample="a", **tables)
    write_json(tmp_path / "a.json", checked.report)
    write_table(tmp_path / "a.events.parquet", checked.events, key=("run", "subrun", "event", "entry"))
    write_side_files(tmp_path)
    return tmp_path


def write_side_files(folder, **changed):
    good = {"beamline": BEAMLINE, "reco": RECO, "kaon": curve(), "proton": curve(dedx=1.3 * DEDX)}
    for name, text in (good | changed).items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())


def check(folder):
    side_files = ["--beamline", folder / "beamline.csv", "--reco", folder / "reco.csv"]
    reports = [folder / "a.json", folder / "a.events.parquet"]
    return run_script("join_checks", *reports, "--sample", "a", *side_files, "--output", folder / "joined.json")


def build(folder):
    options = ["--sample", "a", "--particle", "kaon", "--role", "held_out", "--cuts", CUTS.model_dump_json()]
    options += ["--clusters", folder / "a.parquet", "--matching", MatchingConfig().model_dump_json()]
    for name in ("beamline", "reco", "kaon-curve", "proton-curve"):
        options += [f"--{name}", folder / f"{name.removesuffix('-curve')}.csv"]
    outputs = ["--tracks", folder / "tracks.parquet", "--cutflow", folder / "cutflow.json"]
    return run_script("build_tracks", folder / "a.pixels.parquet", *options, *outputs)


BROKEN = {
    "beamline, a column is missing": (
        {"beamline": BEAMLINE.replace("beamline_mass", "mass")},
        "line 1: no column beaml",
    ),
    "beamline, text in a number": (
        {"beamline": BEAMLINE + "1,0,9,1,1,heavy\n"},
        r"line 8: .* holds 'heavy', which is no",
    ),
    "beamline, a key twice": (
        {"beamline": BEAMLINE + "1,0,2,1,1,777\n"},
        r"line 4 and .*line 8: both are run=1 subrun=0 event=2, but beamline_mass differs \(492.5 and 777.0\)",
    ),
    "beamline, empty": ({"beamline": ""}, "the file is empty; it must begin with a header line"),
    "beamline, other separators": (
        {"beamline": BEAMLINE.replace(",", ";")},
        "separated by semicolons, they must be by",
    ),
    "reco, text in a list": (
        {"reco": RECO + "1,0,9,0.5;x,7;6\n"},
        r"line 8: column trkrr holds 'x', which is not a num",
    ),
    "reco, a key twice": ({"reco": RECO + "1,0,3,0.5,7\n"}, r"line 5 and .*line 8: both are run=1 subrun=0 event=3"),
    "reco, a line cut off": ({"reco": RECO + "1,0,9\n"}, r"line 8: 3 values, but the header names 5 columns"),
    "reco, not text": ({"reco": b"\xff\xfer\x00u\x00n\x00"}, "line 1: not CSV text"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_side_file_is_named_with_its_line_and_earlier_results_stay(sample, fault):
    changed, message = BROKEN[fault]
    write_side_files(sample, **changed)
    (sample / "joined.json").write_text("of an earlier run")
    assert_refused(sample, lambda: check(sample), named=f"{sample / next(iter(changed))}.csv", message=message)


CURVES = {
    "with a gap": (curve(np.delete(RANGES, 50), np.delete(DEDX, 50)), "unbroken grid"),
    "range in mm": (curve(10 * RANGES), "in mm\\? divide"),
    "dE/dx in keV": (curve(dedx=1000 * DEDX), r"give it in MeV/cm \(not MeV/mm, keV/cm"),
    "shuffled": (curve(dedx=np.random.default_rng(1).permutation(DEDX)), "dE/dx must fall with residual range"),
    "empty": ("", "0 rows of numbers; a curve needs at least 20"),
}


@pytest.mark.parametrize("fault", CURVES)
def test_a_broken_curve_is_named_with_the_unit_or_order_that_it_must_have(sample, fault):
    text, message = CURVES[fault]
    write_side_files(sample, kaon=text)
    assert_refused(sample, lambda: build(sample), named=f"{sample / 'kaon.csv'}: ", message=message)


def test_harmless_ways_to_write_the_files_give_the_same_bytes(sample):
    def results():
        assert check(sample).returncode == build(sample).returncode == 0
        return [(sample / name).read_bytes() for name in ("joined.json", "tracks.parquet", "cutflow.json")]

    plain = results()
    assert read_frame(sample / "tracks.parquet", key=TRACK_KEY)["dedx"].notna().any()
    rows = RECO.splitlines()
    shuffled = "\n\n".join([rows[0], *rows[:0:-1]])
    odd = {"beamline": "\ufeff" + BEAMLINE.replace("\n", "\r\n\r\n"), "reco": shuffled}
    write_side_files(
        sample, **odd, kaon="\ufeff# range dE/dx\n\n" + curve(RANGES[::-1], DEDX[::-1]).replace("\n", "\r\n")
    )
    assert results() == plain


def test_rows_that_cannot_be_used_are_dropped_and_counted_and_events_without_partner_too(sample):
    unequal = RECO.replace("1,0,2,0.5;1.5;2.5", "1,0,2,0.5;1.5").replace("1,0,4,0.5;1.5;2.5,13;7;6.5", "1,0,4,,")
    write_side_files(sample, reco=unequal, beamline=BEAMLINE.replace("1,0,5", "9,9,9") + "1,0,1,1,1,491.50\n")
    assert check(sample).returncode == build(sample).returncode == 0
    joined = read_json(sample / "joined.json")
    assert (joined["reco"]["reco_lists_unequal"], joined["reco"]["reco_lists_empty"]) == (1, 1)
    assert (joined["reco"]["events_with_partner"], joined["beamline"]["events_with_partner"]) == (4, 5)
    assert joined["beamline"]["beamline_duplicates_collapsed"] == 1
    tracks = read_frame(sample / "tracks.parquet", key=TRACK_KEY)
    assert not {2, 4} & set(tracks["event"]) and len(tracks)
    assert tracks.loc[tracks["event"] == 5, "beamline_mass"].isna().all()
    side_files = read_json(sample / "cutflow.json")["side_files"]
    assert (side_files["reco_lists_unequal"], side_files["reco_lists_empty"]) == (1, 1)

import numpy as np
import pytest
import uproot

from rootline.core.errors import UserError
from rootline.pid.columns import MEASURED, MISSING, N_SIGMA, TRUTH
from rootline.pid.tracks import CleaningConfig, clean, read_tracks


def columns(n, *, seed=0, **changes):
    rng = np.random.default_rng(seed)
    made = {name: rng.uniform(1, 100, n).astype(kind) for name, kind in (MEASURED | TRUTH | N_SIGMA).items()}
    made["fPdgCode"] = np.resize([211, -321, 2212, 11, 13, 3112], n).astype(np.int32)
    return made | {name: np.asarray(values) for name, values in changes.items()}


def write(path, frames, tree="O2pidtracksmc"):
    with uproot.recreate(path) as file:
        for name, values in frames.items():
            file[f"{name}/{tree}"] = values
    return str(path)


def test_frames_are_read_in_the_order_of_their_numbers_and_tracks_keep_their_place(tmp_path):
    path = write(tmp_path / "a.root", {"DF_10": columns(3, seed=1), "DF_2": columns(2, seed=2)})
    tracks = read_tracks(path, sample="mc")
    assert tracks["frame"].tolist() == [2, 2, 10, 10, 10]
    assert tracks["track"].tolist() == [0, 1, 0, 1, 2]
    assert tracks["species"].tolist() == ["pion", "kaon", "pion", "kaon", "proton"]
    assert tracks["fP"].to_numpy() == pytest.approx(
        np.concatenate([columns(2, seed=2)["fP"], columns(3, seed=1)["fP"]])
    )
    assert set(tracks["sample"]) == {"mc"}


def test_a_file_without_truth_has_no_species(tmp_path):
    made = {name: values for name, values in columns(4).items() if name not in (*TRUTH, *N_SIGMA)}
    tracks = read_tracks(write(tmp_path / "a.root", {"DF_1": made}, tree="O2pidtracksdataml"), sample="data")
    assert tracks["species"].isna().all() and "fPdgCode" not in tracks


def test_n_sigma_of_some_species_alone_is_read(tmp_path):
    made = {name: values for name, values in columns(4).items() if not name.endswith(("SigmaEl", "SigmaMu"))}
    tracks = read_tracks(write(tmp_path / "a.root", {"DF_1": made}, tree="O2pidtracksdata"), sample="data")
    assert "fTPCNSigmaKa" in tracks and "fTOFNSigmaKa" in tracks and "fTPCNSigmaEl" not in tracks


def test_markers_and_slow_tracks_lose_a_detector_as_a_whole(tmp_path):
    made = columns(
        6,
        fTPCSignal=np.float32([50, 0, 20_000, 50, 50, 50]),
        fPt=np.float32([1, 1, 1, 0.4, 1, 1]),
        fBeta=np.float32([0.9, 0.9, 0.9, 0.9, MISSING["fBeta"], 0.9]),
        fTRDPattern=np.uint8([1, 1, 1, 1, 1, 0]),
    )
    tracks = clean(read_tracks(write(tmp_path / "a.root", {"DF_1": made}), sample="mc"), CleaningConfig())
    assert tracks["track"].tolist() == [0, 3, 4, 5]
    for name in ("fTOFSignal", "fBeta", "fTOFNSigmaKa"):
        assert tracks[name].isna().tolist() == [False, True, True, False]
    assert tracks["fTPCNSigmaKa"].notna().all()
    for name in ("fTRDSignal", "fTRDPattern"):
        assert tracks[name].isna().tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("frames", "tree", "message"),
    [
        (
            {"other": columns(2)},
            "O2pidtracksmc",
            "no data frame; folders called DF_<number> are expected, and it has other",
        ),
        ({"DF_1": columns(2)}, "O2tracks", "DF_1: none of the trees O2pidtracksmc, .*; it has O2tracks"),
        (
            {"DF_1": {name: values for name, values in columns(2).items() if name not in ("fBeta", "fX")}},
            "O2pidtracksmc",
            "DF_1/O2pidtracksmc: no column fBeta, fX; write the whole table",
        ),
        (
            {"DF_1": {name: values for name, values in columns(2).items() if not name.startswith("fTOFN")}},
            "O2pidtracksdata",
            "DF_1/O2pidtracksdata: no column fTOFNSigmaEl, .*, though fTPCNSigmaEl is there; .* both, or of none",
        ),
        (
            {"DF_1": {name: values for name, values in columns(2).items() if name != "fTPCNSigmaKa"}},
            "O2pidtracksmc",
            "no column fTPCNSigmaKa, though fTOFNSigmaKa is there",
        ),
        (
            {"DF_1": {name: values for name, values in columns(0).items() if name not in TRUTH}, "DF_2": columns(2)},
            "O2pidtracksmc",
            "DF_1 and DF_2 have different columns",
        ),
        ({"DF_1": columns(2), "DF_01": columns(2)}, "O2pidtracksmc", "DF_01 and DF_1 have one number"),
        ({"DF_1": columns(2, fP=[1.0, np.nan])}, "O2pidtracksmc", r"track 1 has no number in fP \(nan\)"),
    ],
)
def test_what_a_file_lacks_is_named(tmp_path, frames, tree, message):
    with pytest.raises(UserError, match=message):
        read_tracks(write(tmp_path / "a.root", frames, tree=tree), sample="mc")


def test_a_file_that_is_cut_short_is_named_with_the_remedy(tmp_path):
    path = write(tmp_path / "a.root", {"DF_1": columns(2000)})
    data = (tmp_path / "a.root").read_bytes()
    for size in (0, 50, len(data) // 2, len(data) - 100):
        (tmp_path / "a.root").write_bytes(data[:size])
        with pytest.raises(UserError, match=r"a\.root.*copy (it|the file) again"):
            read_tracks(path, sample="mc")

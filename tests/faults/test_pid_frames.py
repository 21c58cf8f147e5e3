"""Files of data frames, damaged anywhere or merely unusual: tracks, or an error that names the file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st
from tests.checkout import run_script
from tests.faults.mutations import damaged
from tests.faults.readers import Reader, read_or_explain, written_by
from tests.faults.refused import assert_refused

from rootline.core.errors import UserError
from rootline.core.files import read_json
from rootline.pid.columns import MEASURED, N_SIGMA, TRUTH
from rootline.pid.tracks import CleaningConfig, clean, read_tracks

COLUMNS = MEASURED | TRUTH | N_SIGMA


def columns(n: int, *, without: tuple[str, ...] = (), **changes: object) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    made = {name: rng.uniform(1, 90, n).astype(kind) for name, kind in COLUMNS.items() if name not in without}
    return made | {name: np.asarray(values) for name, values in changes.items()}


def write(path: Path, tree: str = "O2pidtracksmc", **frames: dict[str, np.ndarray]) -> None:
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        for name, made in frames.items():
            file[f"{name}/{tree}"] = made


def _write(path: Path) -> None:
    write(path, DF_1=columns(6), DF_2=columns(6))


def _read(path: Path) -> object:
    return clean(read_tracks(str(path), sample="mc"), CleaningConfig())


FRAMES = Reader("frames.root", written_by(_write), _read)


def test_the_whole_file_is_read(folder):
    path = folder / FRAMES.file
    path.write_bytes(FRAMES.valid)
    assert len(FRAMES.read(path)) == 12


@pytest.mark.parametrize("share", np.linspace(0, 0.99, 23).round(3))
def test_a_file_that_is_cut_anywhere_is_refused_with_the_remedy(share, folder):
    path = folder / FRAMES.file
    path.write_bytes(FRAMES.valid[: int(share * len(FRAMES.valid))])
    with pytest.raises(UserError, match=r"frames\.root.*copy (it|the file) again"):
        FRAMES.read(path)


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_by_name(folder, data):
    read_or_explain(FRAMES, data.draw(damaged(FRAMES.valid), label="content"), folder)


def read_by_script(*paths: Path, sample: str = "mc"):
    """Read files as the rule does; what it makes lies beside the first."""
    outputs = [
        option for name in ("tracks", "check") for option in (f"--{name}", paths[0].with_name(f"{sample}.{name}"))
    ]
    return run_script("read_frames", *paths, "--sample", sample, "--options", "{}", *outputs)


def written(**frames: dict[str, np.ndarray]) -> Callable[[Path], None]:
    return lambda path: write(path, **frames)


BROKEN = {
    "zero length": (lambda path: path.write_bytes(b""), r"the file is empty \(0 bytes\); copy it again"),
    "no ROOT file": (lambda path: path.write_bytes(b"fP,fPt\n" * 99), r"not a ROOT file, or damaged .*; copy it again"),
    "a folder": (lambda path: path.mkdir(), "no such file, .*; correct the path in the config"),
    "no data frame": (written(tracks=columns(2)), "no data frame; folders called DF_<number> are expected, .* tracks"),
    "another tree": (
        lambda path: write(path, tree="O2tracks", DF_1=columns(2)),
        "DF_1: none of the trees O2pidtracksmc, .*; it has O2tracks",
    ),
    "an input is missing": (
        written(DF_1=columns(2), DF_2=columns(2, without=("fBeta",))),
        "DF_2/O2pidtracksmc: no column fBeta; write the whole table",
    ),
    "no truth in the sample that models learn from": (
        written(DF_1=columns(2, without=tuple(TRUTH))),
        r"no column fPdgCode, fIsPhysicalPrimary; the files of pid\.input\.mc need",
    ),
    "NaN": (
        written(DF_1=columns(3, fTPCSignal=np.float32([1, np.nan, 2]))),
        r"track 1 has no number in fTPCSignal \(nan\); a detector that saw nothing is marked by -999 or 0",
    ),
    "infinity": (
        written(DF_7=columns(3), DF_8=columns(3, fTOFNSigmaKa=np.float32([1, 2, -np.inf]))),
        r"DF_8/O2pidtracksmc: track 2 has no number in fTOFNSigmaKa \(-inf\)",
    ),
    "text for numbers": (written(DF_1=columns(2, fP=["one", "two"])), "fP is no column of numbers"),
    "other columns in a frame that is empty": (
        written(DF_1=columns(2), DF_2=columns(0, without=tuple(TRUTH))),
        "the data frames DF_1 and DF_2 have different columns; give files of one kind",
    ),
    "a frame twice": (
        written(DF_1=columns(2), DF_01=columns(2)),
        "the data frames DF_01 and DF_1 have one number; rename one of them",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_ends_in_one_line_and_earlier_results_stay_as_they_were(tmp_path, fault):
    make, message = BROKEN[fault]
    path = tmp_path / "mine.root"
    make(path)
    for name in ("mc.tracks", "mc.check"):
        (tmp_path / name).write_text("of an earlier file")
    # the file that is being read is the progress
    assert_refused(tmp_path, lambda: read_by_script(path), named=str(path), message=message, n_progress=1)


def test_a_frame_in_two_files_of_a_sample_stops_and_names_both(tmp_path):
    one, other = tmp_path / "a.root", tmp_path / "b.root"
    write(one, DF_1=columns(2), DF_2=columns(2))
    write(other, DF_2=columns(3), DF_3=columns(2))
    process = read_by_script(one, other)
    assert process.returncode == 1
    assert f"Error: {other}: the data frame DF_2 is in {one} too" in process.stderr
    assert "remove one of the files" in process.stderr
    assert not (tmp_path / "mc.tracks").exists()


@pytest.mark.parametrize(("sizes", "frames"), [((3, 0, 2), 2), ((0,), 0)])
def test_empty_frames_are_frames_without_a_track(tmp_path, sizes, frames):
    path = tmp_path / "mine.root"
    write(path, **{f"DF_{number}": columns(n) for number, n in enumerate(sizes)})
    process = read_by_script(path)
    assert process.returncode == 0, process.stderr
    read = pd.read_parquet(tmp_path / "mc.tracks")
    assert read["frame"].tolist() == [number for number, n in enumerate(sizes) for _ in range(n)]
    check = read_json(tmp_path / "mc.check")
    assert (check["tracks"], check["kept"], check["frames"]) == (sum(sizes), sum(sizes), frames)
    assert check["sample"] == "mc"

"""Samples of several files, and what is said of them."""

import numpy as np
import pytest
import uproot

from rootline.core.errors import UserError
from rootline.pid.columns import MEASURED, N_SIGMA, TRUTH
from rootline.pid.samples import describe_sample, read_sample
from rootline.pid.tracks import CleaningConfig, clean


def write(path, frames, columns=MEASURED | TRUTH | N_SIGMA, n=4):
    with uproot.recreate(path) as file:
        for frame in frames:
            file[f"DF_{frame}/O2pidtracksmc"] = {name: np.ones(n, kind) for name, kind in columns.items()}
    return str(path)


def test_the_files_of_a_sample_are_one_table(tmp_path):
    files = [write(tmp_path / "a.root", [1, 2]), write(tmp_path / "b.root", [7])]
    read = read_sample(files, sample="mc")
    assert read.groupby("frame").size().to_dict() == {1: 4, 2: 4, 7: 4}
    assert set(read["sample"]) == {"mc"}
    said = describe_sample(read, clean(read, CleaningConfig()), sample="mc", files=files)
    assert (said["frames"], said["tracks"], said["kept"], said["with_tof"]) == (3, 12, 12, 12)
    assert said["species"] == {"pion": 0, "kaon": 0, "proton": 0, "electron": 0, "muon": 0, "other": 12}


def test_a_data_frame_in_two_files_is_refused(tmp_path):
    files = [write(tmp_path / "a.root", [1, 2]), write(tmp_path / "b.root", [2])]
    with pytest.raises(UserError, match=r"b\.root: the data frame DF_2 is in .*a\.root too.*count twice"):
        read_sample(files, sample="data")


def test_models_need_the_truth_and_n_sigma_the_second_domain_does_not(tmp_path):
    files = [write(tmp_path / "a.root", [1], MEASURED)]
    assert read_sample(files, sample="data")["species"].isna().all()
    with pytest.raises(UserError, match=r"a\.root: no column fPdgCode.*pid\.input\.mc"):
        read_sample(files, sample="mc")


def test_files_of_different_kinds_are_refused(tmp_path):
    files = [write(tmp_path / "a.root", [1]), write(tmp_path / "b.root", [2], MEASURED)]
    with pytest.raises(UserError, match=r"b\.root: has other columns than .*a\.root"):
        read_sample(files, sample="data")

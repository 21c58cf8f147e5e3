"""Files of data frames, damaged anywhere: tracks, or an error that names the file."""

from pathlib import Path

import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st
from tests.faults.mutations import damaged
from tests.faults.readers import Reader, read_or_explain, written_by

from rootline.core.errors import UserError
from rootline.pid.columns import MEASURED, N_SIGMA, TRUTH
from rootline.pid.tracks import CleaningConfig, clean, read_tracks

COLUMNS = MEASURED | TRUTH | N_SIGMA


def _write(path: Path) -> None:
    rng = np.random.default_rng(2)
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        for frame in (1, 2):
            made = {name: rng.uniform(1, 90, 6).astype(kind) for name, kind in COLUMNS.items()}
            file[f"DF_{frame}/O2pidtracksmc"] = made


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

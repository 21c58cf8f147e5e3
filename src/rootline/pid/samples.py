"""A sample of several ROOT files, and what is in it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from rootline.core.errors import UserError
from rootline.core.screen import tell
from rootline.pid.columns import N_SIGMA, TRUTH
from rootline.pid.species import SPECIES
from rootline.pid.tracks import read_tracks

MC = "mc"
"""The sample that models learn from."""


def read_sample(files: Sequence[str], *, sample: str) -> pd.DataFrame:
    """Read the tracks of all files of a sample; see `read_tracks` for the columns.

    Raises
    ------
    UserError
        If two files have a data frame of the same number, or different
        columns, the sample that models learn from has no truth or no
        n-sigma, or a file cannot be read; names the file.
    """
    tables: list[pd.DataFrame] = []
    file_of: dict[int, str] = {}
    for path in files:
        tell(f"  {path}")
        table = read_tracks(path, sample=sample)
        if sample == MC and (missing := [name for name in (*TRUTH, *N_SIGMA) if name not in table]):
            raise UserError(
                f"{path}: no column {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}; the files of pid.input.mc need "
                "the truth and n-sigma, as the tree O2pidtracksmc has them"
            )
        for frame in table["frame"].unique().tolist():
            if frame in file_of:
                raise UserError(
                    f"{path}: the data frame DF_{frame} is in {file_of[frame]} too, so that its tracks would count twice; "
                    "remove one of the files"
                )
            file_of[frame] = path
        if tables and list(table.columns) != list(tables[0].columns):
            raise UserError(f"{path}: has other columns than {files[0]}; give the sample files of one kind")
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def describe_sample(read: pd.DataFrame, kept: pd.DataFrame, *, sample: str, files: Sequence[str]) -> dict[str, Any]:
    """Count what was read, what was left out, and what the detectors have seen, ready for JSON."""
    species = kept["species"].value_counts()
    return {
        "sample": sample,
        "files": list(files),
        "frames": int(read["frame"].nunique()),
        "tracks": len(read),
        "kept": len(kept),
        "with_tof": int(kept["fBeta"].notna().sum()),
        "with_trd": int(kept["fTRDPattern"].notna().sum()),
        "species": {name: int(species.get(name, 0)) for name in SPECIES} | {"other": int(kept["species"].isna().sum())},
    }

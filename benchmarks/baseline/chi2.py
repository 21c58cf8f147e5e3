"""Reconstruction CSV to chi2: parse each list, then look up each hit."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

DEDX_MAX = 100.0  # [MeV/cm]


def parse_list(text: str) -> list[float]:
    """Read numbers joined by semicolons, rounded to float32."""
    return [float(np.float32(piece)) for piece in text.split(";")]


def read_curve(path: Path) -> dict[float, float]:
    """Give the expected dE/dx [MeV/cm] by residual range [cm], of a table in natural order."""
    ranges, dedx = np.loadtxt(path, delimiter=",", unpack=True)
    return {round(float(one), 2): float(other) for one, other in zip(ranges, dedx, strict=True)}


def chi2_of_track(ranges: Sequence[float], dedx: Sequence[float], curve: dict[float, float]) -> float:
    """Give the mean of (d - e)^2 / e over the hits, each at its nearest grid point; NaN if one lies off the grid."""
    total = 0.0
    for residual_range, measured in zip(ranges, dedx, strict=True):
        nearest = round(round(residual_range / 0.05) * 0.05, 2)
        expected = curve.get(nearest, math.nan)
        total += (measured - expected) ** 2 / expected
    return total / len(ranges)


def compare_tracks(path: Path, kaon: dict[float, float], proton: dict[float, float]) -> pd.DataFrame:
    """Give chi2 of both hypotheses and the likelier one for every event of a reconstruction CSV that has hits."""
    rows = []
    for row in pd.read_csv(path).drop_duplicates().itertuples():
        if not isinstance(row.trkrr, str) or not isinstance(row.trkdedx, str):
            continue
        ranges, dedx = parse_list(row.trkrr), parse_list(row.trkdedx)
        if len(ranges) != len(dedx):
            continue
        hits = [(one, other) for one, other in zip(ranges, dedx, strict=True) if other <= DEDX_MAX]
        if not hits:
            continue
        ranges, dedx = zip(*hits, strict=True)
        chi2_kaon, chi2_proton = chi2_of_track(ranges, dedx, kaon), chi2_of_track(ranges, dedx, proton)
        hypothesis = "kaon" if chi2_kaon < chi2_proton else "proton"
        if math.isnan(chi2_kaon) and math.isnan(chi2_proton):
            hypothesis = None
        rows.append((row.run, row.subrun, row.event, chi2_kaon, chi2_proton, hypothesis))
    return pd.DataFrame(rows, columns=["run", "subrun", "event", "chi2_kaon", "chi2_proton", "hypothesis"])

"""Expected dE/dx of a stopping particle against its residual range, read from a text file.

A file has two columns, residual range [cm] and dE/dx [MeV/cm], on a 0.05 cm
grid. Two orders are about. "natural": each row is one point of the curve.
"public": the public study's files, whose reader reverses the range column but
not the dE/dx column, so that row by row dE/dx rises with range.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError

GRID_CM: Final = 0.05  # step of the residual range in every curve (public study)
DEDX_MEDIAN_MEV_CM: Final = (1.0, 50.0)  # a MIP loses 1.65 MeV/cm in liquid argon; no curve's median lies outside

_NEAR_STOP_CM = 0.3  # the first millimetres, where dE/dx need not fall with residual range
_CLEAR_RANK_CORRELATION = 0.9  # below it a table falls or rises too unclearly to be recognised
_OFF_GRID_CM = 0.005

CurveOrder = Literal["natural", "public"]


class Curve(NamedTuple):
    """Expected dE/dx on the whole 0.05 cm grid between its ends.

    Attributes
    ----------
    residual_range : (n,) float64 array
        Grid points, rising [cm].
    dedx : (n,) float64 array
        Expected dE/dx [MeV/cm].
    order : str
        The file's order: "natural" or "public".
    """

    residual_range: NDArray[np.float64]
    dedx: NDArray[np.float64]
    order: CurveOrder


def read_curve(path: Path) -> Curve:
    """Read one expected curve, in whichever order its data show it to be.

    dE/dx falls with residual range beyond the first millimetres; a file is
    of the public order where it does so only after that pairing.

    Parameters
    ----------
    path : path
        Two columns separated by commas, semicolons, tabs or spaces; ``#``
        begins a comment, and one header line may lead.

    Raises
    ------
    UserError
        If the file is missing, empty or not two columns of positive numbers,
        its range is not on the 0.05 cm grid, its units are others, or its
        order is not clear.
    """
    ranges, dedx = _read_columns(path)
    steps = np.rint(ranges / GRID_CM)
    if np.abs(ranges - steps * GRID_CM).max() > _OFF_GRID_CM or np.any(np.diff(np.sort(steps)) != 1):
        spacing = float(np.median(np.abs(np.diff(ranges))))
        hint = "; in mm? divide the first column by 10" if np.isclose(spacing, 10 * GRID_CM) else ""
        raise UserError(
            f"{path}: the first column must be the residual range [cm] on an unbroken grid of {GRID_CM} cm, "
            f"each point once; it runs from {ranges[0]:g} to {ranges[-1]:g} in steps of about {spacing:g}{hint}"
        )
    low, high = DEDX_MEDIAN_MEV_CM
    if not low <= np.median(dedx) <= high:
        raise UserError(
            f"{path}: the second column must be dE/dx [MeV/cm], with a median between {low:g} and {high:g}; "
            f"its median is {np.median(dedx):g}; give it in MeV/cm (not MeV/mm, keV/cm or per charge)"
        )
    found = _recognise(path, ranges, dedx)
    paired = steps[::-1] if found == "public" else steps
    rising = np.argsort(paired)
    return Curve(paired[rising] * GRID_CM, dedx[rising], found)


def _recognise(path: Path, ranges: NDArray[np.float64], dedx: NDArray[np.float64]) -> CurveOrder:
    correlations = {"natural": _rank_correlation(ranges, dedx), "public": _rank_correlation(ranges[::-1], dedx)}
    falling = [name for name, value in correlations.items() if value <= -_CLEAR_RANK_CORRELATION]
    as_read = f"beyond {_NEAR_STOP_CM} cm its rank correlation with residual range is {correlations['natural']:+.2f}"
    if len(falling) != 1:
        raise UserError(
            f"{path}: dE/dx must fall with residual range, or rise row by row in a file of the public study's order, "
            f"but {as_read} (clear is below -{_CLEAR_RANK_CORRELATION} or above +{_CLEAR_RANK_CORRELATION}); "
            "give a table of one stopping particle, sorted by residual range"
        )
    return "natural" if falling[0] == "natural" else "public"


def _rank_correlation(ranges: NDArray[np.float64], dedx: NDArray[np.float64]) -> float:
    beyond = ranges > _NEAR_STOP_CM
    ranks = [np.unique(values[beyond], return_inverse=True)[1] for values in (ranges, dedx)]
    if any(not rank.any() for rank in ranks):  # no two values
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _read_columns(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct lartpc.input.curves") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file ({error}); give two columns of numbers") from error
    lines = text.replace(",", " ").replace(";", " ").splitlines()
    header = next((place for place, line in enumerate(lines) if _pieces(line)), None)
    if header is not None and not any(map(_is_number, _pieces(lines[header]))):
        lines[header] = ""
    try:
        # NumPy warns of a file without rows.
        table = np.loadtxt(lines, ndmin=2) if any(map(_pieces, lines)) else np.empty((0, 2))
    except ValueError:
        _raise_first_fault(path, text.splitlines(), lines)
    if table.shape[1] != 2 or not np.isfinite(table).all() or (table < 0).any() or (table[:, 1] == 0).any():
        _raise_first_fault(path, text.splitlines(), lines)
    if len(table) < 20:
        raise UserError(
            f"{path}: {len(table)} rows of numbers; a curve needs at least 20, one for each {GRID_CM} cm of residual range"
        )
    return table[:, 0], table[:, 1]


def _raise_first_fault(path: Path, lines: Sequence[str], separated: Sequence[str]) -> NoReturn:
    for number, (line, with_spaces) in enumerate(zip(lines, separated, strict=True), start=1):
        if not _pieces(with_spaces):
            continue
        where = f"{path}, line {number}: {line.strip()[:60]!r}"
        try:
            one, other = np.loadtxt([with_spaces], ndmin=1)
        except ValueError:
            raise UserError(
                f"{where} is not two numbers; each line must hold residual range [cm] and dE/dx [MeV/cm]"
            ) from None
        if not (0 <= one < math.inf and 0 < other < math.inf):
            raise UserError(
                f"{where}: the residual range must not be negative, dE/dx must be above 0, both finite; "
                "correct or remove the line"
            )
    raise AssertionError(f"{path} has a wrong line that cannot be found")


def _pieces(line: str) -> list[str]:
    return line.split("#", 1)[0].split()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

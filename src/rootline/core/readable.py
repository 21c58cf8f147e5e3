"""Tables of numbers as people read them: an interval beside its number, and no more digits than it deserves."""

import math
from typing import Any, Final

import numpy as np
import pandas as pd

from rootline.core.counted import check_counted, interval_ends

MISSING: Final = "\N{EN DASH}"
"""What stands for a number that could not be computed."""

_PLAIN_DIGITS: Final = 4


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table as text.

    ``x`` with ``x_low`` and ``x_high`` become one column ``x [95 %]`` with as
    many decimals as the half width has for two digits; ``low`` and ``high``
    alone belong to the column before them. Other floats have four significant
    digits. Columns that hold lists (curves) are left out.

    Parameters
    ----------
    table : data frame
        Numbers, words and true or false.

    Returns
    -------
    data frame of str
        The same rows in the same order.

    Raises
    ------
    ValueError
        If a number has no n in its row.
    """
    check_counted(table, name="the table")
    ends = interval_ends(table.columns)
    inside = {end for pair in ends.values() for end in pair}
    columns: dict[str, list[str]] = {}
    for name in map(str, table.columns):
        values = table[name].tolist()
        if name in inside or any(isinstance(value, list | tuple | np.ndarray | dict) for value in values):
            continue
        if name in ends:
            low, high = (table[end] for end in ends[name])
            columns[f"{name} [95 %]"] = [with_interval(*row) for row in zip(values, low, high, strict=True)]
        else:
            columns[name] = [plain(value) for value in values]
    return pd.DataFrame(columns, index=table.index, dtype=object)


def with_interval(value: Any, low: Any, high: Any) -> str:
    """Write a number with its interval, both with the digits that the interval leaves: ``0.845 [0.787, 0.899]``."""
    if _is_missing(value):
        return MISSING
    if _is_missing(low) or _is_missing(high):
        return plain(value)
    half = (float(high) - float(low)) / 2
    if not math.isfinite(half) or half <= 0:
        return f"{plain(value)} [{plain(low)}, {plain(high)}]"
    decimals = 1 - math.floor(math.log10(half))
    if not -3 <= decimals <= 6:
        return f"{float(value):.3g} [{float(low):.3g}, {float(high):.3g}]"
    decimals = max(decimals, 0)
    return f"{float(value):.{decimals}f} [{float(low):.{decimals}f}, {float(high):.{decimals}f}]"


def plain(value: Any) -> str:
    """Write one value: words as they are, whole numbers whole, other numbers with four significant digits."""
    if _is_missing(value):
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e6 else f"{number:.{_PLAIN_DIGITS}g}"
    return str(value)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float | np.floating) and bool(np.isnan(value)))

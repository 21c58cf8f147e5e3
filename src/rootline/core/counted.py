"""No number without its n: what the writers of tables, report pages and figures refuse."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

SCORES: Final = frozenset({"auc", "accuracy", "balanced_accuracy", "r2", "rho", "ari", "nmi", "purity", "p_value"})
"""Columns that hold a number of many tracks, with an interval beside it or without."""

_COUNT: Final = re.compile(r"n|n[_ ].+|.+_n")
_NO_COUNTS: Final = frozenset({"n_undefined", "n_parameters"})  # of what was left out, and of what a model has
_INTERVAL: Final = re.compile(r"\d\S* \[[^\[\]]*\d[^\[\]]*, [^\[\]]*\d[^\[\]]*\]")
_WRITTEN_COUNT: Final = re.compile(r"\bn = \d|\d (?:\w+ )?(?:tracks|events|clusters|pairs|runs|seeds)\b")
_REMEDY: Final = "a number is never quoted without how many it rests on"


def interval_ends(columns: Iterable[object]) -> dict[str, tuple[str, str]]:
    """Give the columns that hold the ends of the interval of each number, by the name of the number's column."""
    names = [str(column) for column in columns]
    there = set(names)
    ends = {name: (f"{name}_low", f"{name}_high") for name in names if {f"{name}_low", f"{name}_high"} <= there}
    if {"low", "high"} <= there and names.index("low") > 0:
        ends[names[names.index("low") - 1]] = ("low", "high")
    return ends


def is_count(name: str) -> bool:
    """Tell whether a column says how many: ``n``, ``n_positive``, ``score_n``."""
    return bool(_COUNT.fullmatch(name)) and name not in _NO_COUNTS


def numbers_of(names: Sequence[str]) -> list[str]:
    """Name the columns that need an n in their row: those with an interval, and `SCORES`."""
    return list(dict.fromkeys([*interval_ends(names), *(name for name in names if name in SCORES)]))


def check_counted(table: pd.DataFrame, *, name: str) -> None:
    """Refuse a table in which a number has no n in its row.

    Raises
    ------
    ValueError
        Naming the table and its columns, or the first row.
    """
    names = [str(column) for column in table.columns]
    numbers, counts = numbers_of(names), [column for column in names if is_count(column)]
    if not numbers:
        return
    if not counts:
        raise ValueError(f"{name}: {', '.join(numbers)} without a column n or n_...; {_REMEDY}")
    known = pd.concat([pd.to_numeric(table[column], errors="coerce").notna() for column in numbers], axis=1).any(axis=1)
    bare = known & table[counts].isna().all(axis=1)
    if bare.any():
        row = int(np.argmax(bare.to_numpy(dtype=bool)))
        raise ValueError(f"{name}: row {row} has {', '.join(numbers)} but no {' or '.join(counts)}; {_REMEDY}")


def check_cells(headings: Sequence[str], rows: Iterable[Sequence[str]], *, name: str) -> None:
    """Refuse a written table with an interval in a row that has neither a column n nor a count before the interval.

    Raises
    ------
    ValueError
        Naming the table and the cell.
    """
    if any(is_count(heading) for heading in headings):
        return
    for row in rows:
        for cell in row:
            if _INTERVAL.search(cell) and not re.match(r"\d+ \(", cell):
                raise ValueError(f"{name}: {cell!r} without a column n; {_REMEDY}")


def check_texts(texts: Sequence[str]) -> None:
    """Refuse the texts of one panel of a figure if an interval is among them and nothing says of how many.

    Raises
    ------
    ValueError
        Naming the text.
    """
    bare = [text for text in texts if _INTERVAL.search(text)]
    if bare and not any(_WRITTEN_COUNT.search(text) for text in texts):
        raise ValueError(f"the figure says {bare[0]!r}, but no text of this panel says n = ...; {_REMEDY}")

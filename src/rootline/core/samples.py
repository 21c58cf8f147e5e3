"""The table of samples: which files belong together, what they are, and what they are for.

A tab-separated file with the columns ``sample, particle, role, path, tree``;
``tree`` may be missing or empty. Several rows may share a sample. A path may
be a glob; a ``root://`` path is handed on untouched.
"""

import csv
import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rootline.core.errors import UserError
from rootline.core.files import is_remote
from rootline.core.names import check_name, check_path, stable_id

COLUMNS = ("sample", "particle", "role", "path", "tree")


class SampleFile(NamedTuple):
    """One ROOT file of a sample.

    `file` is its short name in the results: the stem and a hash of the path
    as written, so that another row in the table renames nothing.
    """

    sample: str
    particle: str
    role: str
    path: str
    tree: str
    file: str


def sample_file(*, sample: str, particle: str, role: str, path: str, tree: str = "") -> SampleFile:
    """Make one entry with the short name that belongs to its path."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(path).stem).strip("-")[:40] or "file"
    return SampleFile(sample, particle, role, path, tree, f"{stem}-{stable_id(path)}")


def read_samples(table: Path, *, roles: Sequence[str], sharing: Sequence[str] = ()) -> list[SampleFile]:
    """Read the table of samples; relative paths are taken from the working folder.

    A sample whose role is in `sharing` may be cut from a file of another
    sample; it is then another particle there, or its events would count twice.

    Raises
    ------
    UserError
        Naming the file, the line and the remedy for a missing column or
        value, an unknown role, a name that cannot be part of a file name, a
        sample with two particles or roles, a path that matches no file, or a
        file that is named twice.
    """
    entries: list[SampleFile] = []
    named: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in _rows(table):
        where = f"{table}, line {line}"
        check_name(row["sample"], where=f"{where}, column sample")
        check_name(row["particle"], where=f"{where}, column particle")
        if row["role"] not in roles:
            raise UserError(f"{where}: role {row['role']!r} is not known; it must be one of {', '.join(roles)}")
        same = next((entry for entry in entries if entry.sample == row["sample"]), None)
        if same is not None and (same.particle, same.role) != (row["particle"], row["role"]):
            raise UserError(
                f"{where}: sample {row['sample']} is {row['particle']} with role {row['role']} here, "
                f"but {same.particle} with role {same.role} above; use one of them or another sample name"
            )
        for path in expand_path(row["path"], where=where):
            # by the file itself: through a link or another path, its events would count as others
            of_file = named.setdefault(path if is_remote(path) else os.path.realpath(path), [])
            for other_line, other in of_file:
                _check_shared(path, row, other, where=where, other_line=other_line, sharing=sharing)
            of_file.append((line, row))
            entries.append(
                sample_file(
                    sample=row["sample"], particle=row["particle"], role=row["role"], path=path, tree=row["tree"]
                )
            )
    if not entries:
        raise UserError(f"{table}: holds no sample; write one row per ROOT file: {', '.join(COLUMNS)}")
    return entries


def _check_shared(
    path: str, row: dict[str, str], other: dict[str, str], *, where: str, other_line: int, sharing: Sequence[str]
) -> None:
    """Refuse a file that is named twice, unless two samples may be cut from it."""
    if row["sample"] == other["sample"] or not {row["role"], other["role"]} & set(sharing):
        raise UserError(f"{where}: {path} is already named by line {other_line}; remove one of them")
    if row["particle"] == other["particle"]:
        raise UserError(
            f"{where}: {path} belongs to {other['sample']} too (line {other_line}), and both are called {row['particle']}, so "
            f"that its events would count twice; call the particle of the sample of role {' or '.join(sharing)} "
            f"{row['particle']}_reference"
        )
    if row["tree"] != other["tree"]:
        raise UserError(
            f"{where}: the tree is {row['tree']!r} here but {other['tree']!r} in line {other_line}; name one"
        )


def _rows(table: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{table}: no such file, looked in {Path.cwd()}; set lartpc.input.samples") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{table}: is not UTF-8 text ({error}); save it as UTF-8 with tabs between columns") from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        return []
    parsed = [_split(line, where=f"{table}, line {number}") for number, line in lines]
    header = [name.strip() for name in parsed[0]]
    missing = [name for name in COLUMNS[:-1] if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown:
        fault = f"no column {', '.join(missing)}" if missing else f"unknown column {', '.join(unknown)}"
        raise UserError(f"{table}, line {lines[0][0]}: {fault}; the columns, tab-separated, are {', '.join(COLUMNS)}")
    rows = []
    for (number, _), values in zip(lines[1:], parsed[1:], strict=True):
        if len(values) > len(header):
            raise UserError(f"{table}, line {number}: {len(values)} values for {len(header)} columns")
        row = dict(zip(header, (value.strip() for value in values), strict=False))
        for name in COLUMNS[:-1]:
            if not row.get(name):
                raise UserError(f"{table}, line {number}: no value for {name} (are the columns separated by tabs?)")
        rows.append((number, {"tree": "", **row}))
    return rows


def _split(line: str, *, where: str) -> list[str]:
    # Each line by itself: a quote that is not closed would swallow all that follow.
    try:
        return next(csv.reader([line], delimiter="\t", strict=True))
    except csv.Error as error:
        raise UserError(f"{where}: cannot be split at its tabs ({error}); remove the quotes, or close them") from error


def expand_path(path: str, *, where: str) -> list[str]:
    """Give the files that a path or a glob stands for, sorted; a ``root://`` path stands for itself.

    Raises
    ------
    UserError
        If it matches no file, or one whose name the workflow cannot use; `where` says where the path stands.
    """
    if is_remote(path):
        return [path]
    _usable(path, where=where)
    if os.path.isfile(path):  # noqa: PTH113 (of a path that is too long, Path.is_file raises an error)
        return [path]
    found = glob.glob(path, recursive=True)  # noqa: PTH207 (Path.glob takes no absolute pattern)
    matches = sorted(match for match in found if Path(match).is_file())
    if not matches:
        raise UserError(f"{where}: no file matches {path}; relative paths are taken from {Path.cwd()}")
    return [_usable(match, where=where) for match in matches]


def _usable(path: str, *, where: str) -> str:
    try:
        return check_path(path)
    except ValueError as error:
        raise UserError(f"{where}: path {path!r}: {error}") from error

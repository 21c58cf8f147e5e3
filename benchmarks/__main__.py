"""Measure every stage against its baseline, print one table and keep it as a dated file.

Usage: python -m benchmarks [--quick] [--only WORD ...] [--output FOLDER]

Files are made, read and deleted in turn; the full form needs about 20 GB of
room in the folder for temporary files. A stage whose results differ from the
baseline's gets no row, the call then ends with status 1 and keeps no file.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import DifferentResultsError
from benchmarks.plan import FULL, QUICK, Form, measure_stages
from benchmarks.table import HEADER, RESULTS, Results, Row, cells, describe_machine, write_results
from rootline.core.device import DEVICE_VARIABLE

WIDTHS = (31, 61, 7, 13, 9, 6, 10, 12, 13, 9)


def main() -> None:
    """Print a row as soon as it is measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure every stage against its baseline."
    )
    parser.add_argument("--quick", action="store_true", help="small inputs, done in a few minutes")
    parser.add_argument(
        "--only",
        action="append",
        metavar="WORD",
        help="only stages with this in their names; may be given again, keeps no file",
    )
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FOLDER", help="where the dated file goes")
    options = parser.parse_args()
    os.environ[DEVICE_VARIABLE] = "cpu"  # cores are compared with cores, also where a GPU is
    form, name = (QUICK, "quick") if options.quick else (FULL, "full")
    machine = describe_machine()
    print("\n".join(f"{key}: {value}" for key, value in machine.items()), end="\n\n")
    show(HEADER)
    rows, failed = collect(form, options.only or [])
    if failed:
        print("\nNo file is kept:", *failed, sep="\n  ")
        sys.exit(1)
    if not options.only:
        path = options.output / f"{machine['date']}-{name}.tsv"
        write_results(path, Results(machine, rows))
        print(f"\nKept in {path.name}; `make docs` puts it into docs/performance.md")


def collect(form: Form, only: list[str]) -> tuple[list[Row], list[str]]:
    """Measure what has a word of `only` in its name; give rows, and what to say about stages without one."""
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        for measured in measure_stages(form, Path(folder), only):
            if isinstance(measured, DifferentResultsError):
                failed.append(" ".join(str(measured).split())[:300])
                continue
            rows.append(measured)
            show(cells(measured))
    return rows, failed


def show(values: tuple[str, ...]) -> None:
    """Print one line: words to the left, numbers to the right."""
    padded = (
        value.ljust(width) if column < 3 else value.rjust(width)
        for column, (value, width) in enumerate(zip(values, WIDTHS, strict=True))
    )
    print(" ".join(padded), flush=True)


if __name__ == "__main__":
    main()

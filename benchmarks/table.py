"""One row per stage and input, as a small file that is kept and as a table to read."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

RESULTS: Final = Path(__file__).parent / "results"

_LIBRARIES: Final = ("numpy", "torch", "uproot", "pyarrow", "scikit-image")


class Row(NamedTuple):
    """One measured stage; times are CPU time of one unit [ms], memory is that above the start of the process [MB].

    `floor_ms` is None where there is no floor, `floor_is` is then empty.
    """

    stage: str
    case: str
    n: int
    unit: str
    baseline_ms: float
    ours_ms: float
    ratio: float
    floor_ms: float | None
    floor_is: str
    baseline_mb: float
    ours_mb: float


class Results(NamedTuple):
    """What one call measured, and on what machine."""

    machine: dict[str, str]
    rows: list[Row]


def describe_machine() -> dict[str, str]:
    """Say what decides the numbers: date, processor, cores, system and libraries; no names of hosts or users."""
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    return {
        "date": str(datetime.now(UTC).date()),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "libraries": libraries,
        "threads": "1 per library; CPU time",
        "load": f"{os.getloadavg()[0]:.1f} other processes at the start",
    }


def _processor() -> str:
    name = _in_cpuinfo("model name") or platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def knows_bfloat16() -> bool:
    """Say whether the processor has instructions for products in bfloat16, of AVX-512 or AMX; False where Linux does not tell."""
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(_in_cpuinfo("flags").split())


def _in_cpuinfo(name: str) -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def write_results(path: Path, results: Results) -> None:
    """Write the machine as comments and the rows as tab-separated values."""
    lines = [f"# {name}: {value}" for name, value in results.machine.items()]
    lines += ["\t".join(Row._fields), *("\t".join(map(_written, row)) for row in results.rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _written(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote."""
    lines = path.read_text(encoding="utf-8").splitlines()
    machine = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    header, *body = [line.split("\t") for line in lines if not line.startswith("# ")]
    if tuple(header) != Row._fields:
        raise ValueError(f"{path}: columns {', '.join(header)}, expected {', '.join(Row._fields)}")
    return Results(machine, [_parse(values) for values in body])


def _parse(values: Sequence[str]) -> Row:
    row = dict(zip(Row._fields, values, strict=True))
    return Row(
        stage=row["stage"],
        case=row["case"],
        n=int(row["n"]),
        unit=row["unit"],
        baseline_ms=float(row["baseline_ms"]),
        ours_ms=float(row["ours_ms"]),
        ratio=float(row["ratio"]),
        floor_ms=float(row["floor_ms"]) if row["floor_ms"] else None,
        floor_is=row["floor_is"],
        baseline_mb=float(row["baseline_mb"]),
        ours_mb=float(row["ours_mb"]),
    )


def newest(form: str, folder: Path = RESULTS) -> Path | None:
    """Give the file of the last day that has one, of the form ``quick`` or ``full``."""
    return max(folder.glob(f"????-??-??-{form}.tsv"), default=None)


HEADER: Final = (
    "stage", "input", "one", "baseline [ms]", "ours [ms]", "ratio", "floor [ms]", "ours / floor", "baseline [MB]", "ours [MB]",
)  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    """Give a row as it is printed."""
    floor = ("", "") if row.floor_ms is None else (f"{row.floor_ms:.3g}", f"{row.ours_ms / row.floor_ms:.1f}")
    return (
        row.stage, row.case, row.unit, f"{row.baseline_ms:.3g}", f"{row.ours_ms:.3g}", f"{row.ratio:.1f}", *floor,
        f"{row.baseline_mb:.0f}", f"{row.ours_mb:.0f}",
    )  # fmt: skip


def markdown(results: Results) -> str:
    """Give the table for docs/performance.md."""
    lines = [f"| {' | '.join(HEADER)} |", "|---|---|---|" + "--:|" * 7]
    lines += [f"| {' | '.join(cells(row))} |" for row in results.rows]
    machine = "; ".join(results.machine.values())
    floors = {row.stage: row.floor_is for row in results.rows if row.floor_is}
    named = "; ".join(f"{stage}: {floor}" for stage, floor in floors.items())
    return "\n".join([*lines, "", f"Measured {machine}.", "", f"Floors. {named}."])

"""Say what a machine has: sent over the connection and run by its Python, so only the standard library is used.

The argument is the folder for jobs. Prints one line: `MARK` and JSON.
"""

from __future__ import annotations  # so that an old Python gets as far as saying which one it is

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata

MARK = "rootline-probe "
FOLDERS = ("code", "work", "incoming", "jobs")  # what the folder for jobs holds


def main(folder: str) -> None:
    """Make the folder and print what the machine has."""
    folder = os.path.expanduser(folder)  # noqa: PTH111 (a ~ of this machine)
    found: dict[str, object] = {
        "folder": folder,
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": _packages(),
        "rsync": _first_line(["rsync", "--version"]),
        "gpus": _gpus(),
        "disk_free": None,
        "fault": None,
    }
    try:
        for name in FOLDERS:
            os.makedirs(os.path.join(folder, name), exist_ok=True)  # noqa: PTH103, PTH118 (an old Python's way)
        found["disk_free"] = shutil.disk_usage(folder).free
        if not os.access(folder, os.W_OK | os.X_OK):
            found["fault"] = "no permission to write there"
    except OSError as error:
        found["fault"] = error.strerror
    sys.stdout.write("\n" + MARK + json.dumps(found) + "\n")


def _packages() -> dict[str, str]:
    return {
        name.lower().replace("_", "-").replace(".", "-"): one.version
        for one in metadata.distributions()
        if (name := one.metadata["Name"])
    }


def _gpus() -> list[dict[str, object]] | None:
    """List the GPUs, None where the driver's program is missing or says nothing."""
    asked = _output(
        ["nvidia-smi", "--query-gpu=index,uuid,name,memory.free,memory.total", "--format=csv,noheader,nounits"]
    )
    if asked is None:
        return None
    rows = [[cell.strip() for cell in line.split(",")] for line in asked.splitlines() if line.strip()]
    return [
        {"index": row[0], "uuid": row[1], "name": row[2], "free_mib": _number(row[3]), "total_mib": _number(row[4])}
        for row in rows
        if len(row) == 5
    ]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:  # a GPU that does not tell says [N/A]
        return None


def _first_line(command: list[str]) -> str | None:
    text = _output(command)
    return text.splitlines()[0].strip() if text else None


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


if __name__ == "__main__":
    main(sys.argv[1])

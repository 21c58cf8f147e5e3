"""Say of each machine in hosts.yaml whether it can run GPU jobs, and what to do where it cannot: `make hosts-check`."""

import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from rootline.core.errors import UserError
from rootline.ssh.fitness import Wanted, faults_of, wanted_of_hosts
from rootline.ssh.hosts import HostConfig, HostsConfig, find_hosts_file, list_slots, read_hosts
from rootline.ssh.remote import Connection, HostLostError, HostRefusedError

COLUMNS: Final = (
    "host",
    "reached",
    "host key",
    "login",
    "Python",
    "packages",
    "rsync",
    "GPUs",
    "GPU memory free",
    "disk free",
)
NOT_KNOWN: Final = "-"
_BAD: Final = " (!)"
_CHECKOUT: Final = Path(__file__).resolve().parents[3]


class HostReport(NamedTuple):
    """One row of the table, by column, and what to do about each of its faults."""

    cells: dict[str, str]
    remedies: list[str]


def check_hosts(hosts: HostsConfig, wanted: Wanted) -> list[HostReport]:
    """Look at all hosts at the same time."""
    with ThreadPoolExecutor(len(hosts.hosts)) as pool:
        return list(pool.map(lambda host: check_host(host, hosts, wanted), hosts.hosts))


def check_host(host: HostConfig, hosts: HostsConfig, wanted: Wanted) -> HostReport:
    """Reach one host, look at what it has, and send it a file."""
    cells = dict.fromkeys(COLUMNS, NOT_KNOWN) | {"host": host.host}
    connection = Connection(host, hosts)
    try:
        found = connection.ask()
        cells |= {"reached": "yes", "host key": "known", "login": "yes"}
        faults = faults_of(host, found, wanted)
        cells |= _cells_of(host, found, wanted, faults)
        if "rsync" not in faults and "disk free" not in faults:
            # What a shell prints by itself is in the way of rsync, not of ssh.
            connection.send(_CHECKOUT, ["pyproject.toml"], f"{found['folder']}/incoming/hosts-check")
        return HostReport(cells, list(faults.values()))
    except HostLostError as error:
        cells["reached"] = f"no{_BAD}"
        return HostReport(
            cells, [f"{error}; is it switched on, and right in hosts.yaml and ~/.ssh/config? ssh {host.host}"]
        )
    except HostRefusedError as error:
        order = ("reached", "host key", "login", "Python", "rsync")
        passed = {"reached": "yes", "host key": "known", "login": "yes"}
        for column in order[: order.index(error.part)]:
            cells[column] = passed.get(column, cells[column])
        cells[error.part] = f"no{_BAD}"
        return HostReport(cells, [str(error)])


def _cells_of(host: HostConfig, found: dict[str, Any], wanted: Wanted, faults: dict[str, str]) -> dict[str, str]:
    same = len(wanted.locked & set(found["packages"]))
    cells = {
        "Python": str(found["python"]),
        "packages": "another environment" if "packages" in faults else f"{same} as here",
        "rsync": "none" if found["rsync"] is None else found["rsync"].split()[2],
        "GPUs": _gpus(host, found["gpus"]),
        "GPU memory free": _memory(host, found["gpus"] or []),
        "disk free": "none" if found["disk_free"] is None else _gib(found["disk_free"] / 2**20),
    }
    return {column: text + (_BAD if column in faults else "") for column, text in cells.items()}


def _gpus(host: HostConfig, gpus: Sequence[dict[str, Any]] | None) -> str:
    if host.device == "cpu":
        return f"{len(host.gpu_ids)} places on its CPU"
    names = {gpu["name"] for gpu in gpus or ()}
    return f"{len(host.gpu_ids)} of {len(gpus or ())} {', '.join(sorted(names))}".strip()


def _memory(host: HostConfig, gpus: Sequence[dict[str, Any]]) -> str:
    used = [gpu for gpu in gpus if {str(gpu["index"]), str(gpu["uuid"])} & set(host.gpu_ids)]
    if host.device == "cpu" or not used:
        return NOT_KNOWN
    return ", ".join(NOT_KNOWN if gpu["free_mib"] is None else _gib(gpu["free_mib"]) for gpu in used)


def _gib(mib: float) -> str:
    return f"{mib / 1024:.0f} GiB" if mib >= 10 * 1024 else f"{mib / 1024:.1f} GiB"


def draw_table(rows: Sequence[dict[str, str]]) -> str:
    """Write rows under the names of `COLUMNS`; a column of which nothing is known is left out."""
    shown = [name for name in COLUMNS if any(row[name] != NOT_KNOWN for row in rows)]
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in shown}
    lines = [{name: name for name in shown}, {name: "-" * widths[name] for name in shown}, *rows]
    return "\n".join("  ".join(line[name].ljust(widths[name]) for name in shown).rstrip() for line in lines)


def main() -> int:
    """Print the table and what to do; 1 where a host cannot be used."""
    if missing := [program for program in ("ssh", "rsync") if shutil.which(program) is None]:
        sys.stderr.write(f"this machine has no {' and no '.join(missing)}; install openssh-client and rsync\n")
        return 1
    try:
        file = find_hosts_file(_CHECKOUT)
        hosts = read_hosts(file)
        reports = check_hosts(hosts, wanted_of_hosts(_CHECKOUT))
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    bad = [report for report in reports if report.remedies]
    lines = [f"{file}: {len(hosts.hosts)} hosts, places for {len(list_slots(hosts))} jobs", ""]
    lines += [draw_table([report.cells for report in reports]), ""]
    if bad:
        lines += ["What to do:", *(f"  {remedy}" for report in bad for remedy in report.remedies), ""]
    lines.append(f"{len(reports) - len(bad)} of {len(reports)} hosts can run jobs.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

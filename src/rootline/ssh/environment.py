"""Whether a host has the same Python and packages as this machine."""

import platform
import re
import shlex
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

from rootline.core.errors import UserError

SHOWN: Final = 6
_NOT_COMPARED: Final = frozenset({"rootline", "pip", "setuptools", "wheel"})


class Environment(NamedTuple):
    """A Python (major.minor) and its packages: name to version."""

    python: str
    packages: Mapping[str, str]


def this_environment() -> Environment:
    """Describe the Python that runs this."""
    packages = {_plain(one.metadata["Name"]): one.version for one in metadata.distributions() if one.metadata["Name"]}
    return Environment(_minor(platform.python_version()), packages)


def environment_of(found: Mapping[str, object]) -> Environment:
    """Take the environment out of what a host says of itself (`rootline.ssh.probe`)."""
    packages = found["packages"]
    if not isinstance(packages, dict):
        raise TypeError(f"packages must be a mapping, found {type(packages).__name__}")
    return Environment(_minor(str(found["python"])), packages)


def read_lock(file: Path) -> set[str]:
    """Give the names of the packages of a lock.

    Raises
    ------
    UserError
        If the file is missing or names none.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read ({error}); it says which packages must be equal on a host") from error
    names = {_plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, flags=re.MULTILINE)}
    if not names:
        raise UserError(f"{file}: names no package; take it from the repository again")
    return names


def differences(here: Environment, there: Environment, locked: set[str]) -> list[str]:
    """List what differs in Python and in those locked packages that this machine has, one text each.

    A build label such as that of ``2.13.0+cpu`` does not count: the same
    version for another device is what a GPU machine should have.
    """
    found = [] if here.python == there.python else [f"Python {there.python} instead of {here.python}"]
    for name in _compared(here, locked):
        ours, theirs = _public(here.packages[name]), _public(there.packages.get(name, ""))
        if ours != theirs:
            found.append(f"{name} {theirs or 'missing'} instead of {ours}")
    return found


def how_to_mend(host: str, python: str, here: Environment, there: Environment, locked: set[str]) -> str:
    """Give the command that makes the environment of a host equal."""
    if here.python != there.python:
        return f"make an environment with Python {here.python} on {host} and name it in hosts.yaml"
    wrong = [
        name
        for name in _compared(here, locked)
        if _public(here.packages[name]) != _public(there.packages.get(name, ""))
    ]
    if len(wrong) > SHOWN:
        return f"in a clone of Rootline of this version on {host}: make env LOCK=envs/cuda.lock"
    wanted = " ".join(f"{name}=={_public(here.packages[name])}" for name in wrong)
    return f"ssh {host} {shlex.quote(f'{python} -m pip install {wanted}')}"


def _compared(here: Environment, locked: set[str]) -> list[str]:
    return sorted(name for name in locked & set(here.packages) if name not in _NOT_COMPARED)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _public(version: str) -> str:
    return version.partition("+")[0]


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])

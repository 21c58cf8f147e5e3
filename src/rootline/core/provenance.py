"""Where a result comes from: the code, the config, the inputs and the libraries that made it."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rootline.core.errors import UserError
from rootline.core.files import sha256

# Those whose version can change a number or a picture.
LIBRARIES = (
    "awkward",
    "cupy-cuda12x",
    "cupy-cuda13x",
    "matplotlib",
    "numba",
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "pandas",
    "particle",
    "plotly",
    "pyarrow",
    "pydantic",
    "pythia8mc",
    "safetensors",
    "scikit-learn",
    "scipy",
    "skl2onnx",
    "snakemake",
    "torch",
    "umap-learn",
    "uproot",
)

GIT_VARIABLE = "ROOTLINE_GIT"
"""Environment variable that gives `git_state` as JSON where the code was sent without its repository."""

_SOURCE = Path(__file__).resolve()
_GIT_TIMEOUT_S = 60
_GIT_FAILURES = {
    "not a git repository": "the source is in no git repository",
    "did not match any file": "the repository around the source does not track it",
    "Needed a single revision": "the repository has no commit yet",
}


def describe_run(
    config: Mapping[str, Any], inputs: Mapping[str, Path | Sequence[Path]], seed: int | None, device: str
) -> dict[str, Any]:
    """Describe one run for ``provenance.json``, the only kind of file that may hold a date.

    Parameters
    ----------
    config : mapping
        The resolved config of the run, ready for JSON.
    inputs : mapping of name to path or paths
        The files that the run read. Only their names and checksums are kept,
        never the folder on this machine. Several paths under one name, such
        as a file of each of thousands of runs, have one checksum together.
    seed : int or None
        The seed of the run, None where nothing is random.
    device : str
        What it ran on, such as ``"cpu"`` or ``"cuda"``.

    Returns
    -------
    dict
        package, version, git (commit, clean, note), config, inputs, seed,
        device, python, platform, libraries and date, ready for `files.write_json`.

    Raises
    ------
    UserError
        If an input cannot be read.
    """
    import platform

    return {
        "package": "rootline",
        "version": package_version(),
        "git": _git_state_here(),
        "config": dict(config),
        "inputs": describe_inputs(inputs),
        "seed": seed,
        "device": device,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "libraries": library_versions(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def describe_inputs(inputs: Mapping[str, Path | Sequence[Path]]) -> dict[str, dict[str, str]]:
    """Give the name (file) and the SHA-256 (sha256) of each input; errors are those of `describe_run`.

    Of several paths under one name it is how many they are, and the SHA-256 of what ``sha256sum`` prints of them in
    their order.
    """
    return {
        name: _checksum(name, given) if isinstance(given, Path) else _checksum_of_all(name, given)
        for name, given in sorted(inputs.items())
    }


def package_version() -> str | None:
    """Give the version in the pyproject.toml beside the source, else that of the installed package."""
    import tomllib
    from importlib import metadata

    pyproject = _SOURCE.parents[3] / "pyproject.toml"
    if pyproject.is_file():
        project = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("project", {})
        if project.get("name") == "rootline":
            return str(project["version"])
    try:
        return metadata.version("rootline")
    except metadata.PackageNotFoundError:
        return None


def library_versions() -> dict[str, str]:
    """Give the versions of the installed libraries that matter, without importing any."""
    from importlib import metadata

    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def git_state(source: Path) -> dict[str, str | bool | None]:
    """Give commit and cleanness of the repository that holds `source`.

    Returns
    -------
    dict
        ``commit`` (40 digits) and ``clean`` (False if a tracked file differs
        or an untracked one is not ignored). Both are None where there is no
        commit to name; ``note`` then says why, and is None otherwise.
    """
    try:
        _git(source.parent, "ls-files", "--error-unmatch", "--", source.name)
        commit = _git(source.parent, "rev-parse", "--verify", "HEAD")
        clean = not _git(source.parent, "status", "--porcelain")
    except FileNotFoundError:
        return _unknown("git is not installed")
    except subprocess.TimeoutExpired:
        return _unknown(f"git gave no answer within {_GIT_TIMEOUT_S} s")
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip() or f"exit code {error.returncode}"
        known = (note for words, note in _GIT_FAILURES.items() if words in said)
        return _unknown(next(known, f"git failed: {said.splitlines()[0]}"))
    return {"commit": commit, "clean": clean, "note": None}


def _git_state_here() -> dict[str, str | bool | None]:
    given = os.environ.get(GIT_VARIABLE)
    return dict(json.loads(given)) if given else git_state(_SOURCE)


def _unknown(note: str) -> dict[str, str | bool | None]:
    return {"commit": None, "clean": None, "note": note}


def _git(folder: Path, *arguments: str) -> str:
    # Inside a git hook GIT_DIR and friends name another repository. Jobs run side by side, so no lock is taken.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=variables,
        timeout=_GIT_TIMEOUT_S,
    )
    return done.stdout.strip()


def _checksum_of_all(name: str, paths: Sequence[Path]) -> dict[str, str]:
    found = [_checksum(name, path) for path in paths]
    lines = "".join(f"{one['sha256']}  {one['file']}\n" for one in found)
    return {"file": f"{len(found)} files", "sha256": hashlib.sha256(lines.encode()).hexdigest()}


def _checksum(name: str, path: Path) -> dict[str, str]:
    try:
        digest = sha256(path)
    except OSError as error:
        raise UserError(f"{path}: input {name} cannot be read for its checksum ({error.strerror})") from error
    return {"file": path.name if path.is_absolute() else path.as_posix(), "sha256": digest}

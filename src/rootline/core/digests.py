"""What the bytes of every result come to, so that two folders of results can be compared file by file."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints

from rootline.core.config import Section, parse_config
from rootline.core.errors import UserError
from rootline.core.files import ContentIds, is_below, parse_json, sha256, write_json
from rootline.core.provenance import git_state, package_version

DIGESTS_FILE: Final = "digests.json"

_COMPARED: Final = frozenset({".parquet", ".safetensors", ".json", ".yaml", ".csv", ".tsv"})
"""Suffixes of tables, tensors and metrics. Figures and pages are drawn from these, ROOT files hold the time of writing."""

_OF_ONE_RUN: Final = frozenset({"packs", "timings"})
"""Folders of tables that no second run gives again: packs leave out what is trained already, timings are seconds."""

_PROVENANCE: Final = "provenance.json"  # how the names end of files that hold a date
_LOCK_NAME: Final = "rootline-lock"  # in the environment's folder: the lock that `make env` installed


class Origin(Section):
    """What the results were made with."""

    version: str | None = Field(description="Of Rootline.")
    commit: str | None = Field(description="Of its repository, where it is in one.")
    clean: bool | None = Field(description="Whether the code is that of the commit.")
    lock: str | None = Field(
        description="What `make env` installed, such as envs/cpu.lock; nothing for another environment."
    )
    lock_sha256: str | None = Field(description="Digest of that file.")
    python: str = Field(description="Version of Python.")
    platform: str = Field(description="System and processor.")


def _inside(name: str) -> str:
    if not is_below(name):
        raise ValueError("leaves the folder of results; a manifest names files by their paths below it")
    return name


ResultName = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Manifest(Section):
    """SHA-256 of every result, by its path below the study's folder."""

    origin: Origin
    files: dict[ResultName, Sha256]


class Comparison(NamedTuple):
    """Paths below the study's folder, sorted.

    Attributes
    ----------
    same, different, missing : list of str
        Of the files in the manifest.
    unlisted : list of str
        Files of the same kinds that the manifest does not name.
    """

    same: list[str]
    different: list[str]
    missing: list[str]
    unlisted: list[str]


def describe_origin(checkout: Path) -> Origin:
    """Say what results that are made here are made with; `checkout` is the folder of the project."""
    import platform  # late, as it runs with every start of the workflow

    lock, digest = None, None
    note = Path(sys.prefix) / _LOCK_NAME
    if note.is_file() and (file := checkout / (name := note.read_text(encoding="utf-8").strip())).is_file():
        lock, digest = name, sha256(file)
    git = git_state(checkout / "Snakefile")
    return Origin.model_validate(
        {
            "version": package_version(),
            "commit": git["commit"],
            "clean": git["clean"],
            "lock": lock,
            "lock_sha256": digest,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
        }
    )


def update_manifest(folder: Path, made: Iterable[Path], origin: Origin, ids: ContentIds) -> None:
    """Write the digests of files below `folder` into its `DIGESTS_FILE`, beside those that it has of other files.

    Parameters
    ----------
    folder : Path
        Of a study.
    made : iterable of paths
        Files of one run, in any order; those that are no results are left out.
    origin : Origin
        What they were made with.
    ids : ContentIds
        What is known of files that nobody has touched since.
    """
    path = folder / DIGESTS_FILE
    try:
        old = read_manifest(path)
    except UserError:  # none yet, or spoilt: it is made from the files alone
        old = None
    files = dict(old.files) if old else {}
    inside = {_name(file, folder): file for file in made if file.is_relative_to(folder)}
    results = {name: file for name, file in inside.items() if is_compared(name) and file.is_file()}
    files |= dict(zip(results, ids.of_all(list(results.values())), strict=True))
    kept = {name: digest for name, digest in files.items() if is_compared(name) and (folder / name).is_file()}
    new = Manifest(origin=origin, files=kept)
    if new != old:
        write_json(path, new.model_dump(mode="json"))


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    UserError
        If the file is missing or is none, or names a file outside of the folder of results.
    """
    try:
        raw = parse_json(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); a finished run writes it") from error
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); give a {DIGESTS_FILE} that Rootline wrote") from error
    if not isinstance(raw, Mapping):
        raise UserError(f"{path}: holds no mapping; give a {DIGESTS_FILE} that Rootline wrote")
    return parse_config(raw, Manifest, source=str(path))


def compare_results(folder: Path, manifest: Manifest) -> Comparison:
    """Compare the files below `folder` with a manifest."""
    same: list[str] = []
    different: list[str] = []
    missing: list[str] = []
    for name, digest in sorted(manifest.files.items()):
        file = folder / name
        kind = missing if not file.is_file() else same if sha256(file) == digest else different
        kind.append(name)
    found = (_name(file, folder) for file in folder.rglob("*") if file.is_file())
    stages = {_stage(name) for name in manifest.files if "/" in name}  # logs and benchmarks are none
    unlisted = sorted(
        name for name in found if is_compared(name) and name not in manifest.files and _stage(name) in stages
    )
    return Comparison(same, different, missing, unlisted)


def tabulate_comparison(compared: Comparison) -> str:
    """Write how many files of each stage are the same, different and missing."""
    counts = [Counter(map(_stage, names)) for names in compared[:3]]
    stages = sorted(set().union(*counts))
    rows = [["stage", "same", "different", "missing"]]
    rows += [[stage, *(str(count[stage]) for count in counts)] for stage in stages]
    width = max(len(row[0]) for row in rows)
    return "\n".join(
        f"  {stage.ljust(width)}" + "".join(number.rjust(11) for number in numbers) for stage, *numbers in rows
    )


def is_compared(name: str) -> bool:
    """Say whether a file, by its path below the study's folder, is what the same input, code and environment give again."""
    file = PurePosixPath(name)
    is_result = file.suffix in _COMPARED and _stage(name) not in _OF_ONE_RUN
    return is_result and not file.name.endswith(_PROVENANCE) and not file.name.startswith(".")


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _stage(name: str) -> str:
    return name.partition("/")[0]

"""A run: everything that decides what a trained model is, and the short name made from it.

What a run consists of is a section of its study's config; that it has a name,
a file, sweeps and a table is the same in every study. No torch here: the
workflow reads these before any job starts.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from rootline.core.config import Section, parse_config, read_yaml
from rootline.core.errors import UserError
from rootline.core.files import write_text
from rootline.core.names import check_name, stable_id
from rootline.core.sweeps import MODELS_ALONE, SEED_KEY, SO_FAR, SweepConfig, differing_keys, expand_sweep, flatten

R = TypeVar("R", bound=Section)

DEFAULT: Final = "default"
"""Name of what the config itself describes, among the sections that its runs and sweeps differ by."""


def run_id(run: Section) -> str:
    """Name a run by 8 hexadecimal digits of a hash of its resolved config; equal configs have equal names."""
    return stable_id(run.model_dump(mode="json"))


def describe_config(run: Section) -> dict[str, Any]:
    """Give the resolved config of a run with its id, ready for YAML and JSON."""
    return {"run": run_id(run), **run.model_dump(mode="json")}


def write_run(path: Path, run: Section) -> None:
    """Write the resolved config of a run with its id as YAML."""
    write_text(path, yaml.safe_dump(describe_config(run), sort_keys=False, allow_unicode=True))


def read_run_as(kind: type[R], path: Path) -> R:
    """Read the config that lies beside a model; `kind` is what a run is in the study.

    Raises
    ------
    UserError
        If it is no run's config, or was changed after the training.
    """
    raw: dict[str, Any] = read_yaml(path)
    written = raw.pop("run", None)
    run = parse_config(raw, kind, source=str(path))
    if written != run_id(run):
        raise UserError(
            f"{path}: says run {written}, but its content is that of run {run_id(run)}; it was edited, or written by another "
            "version with other defaults. Train the model again, a config beside a model is a record and not a switch"
        )
    return run


def parse_run_as(kind: type[R], options: str, *, named: str) -> R:
    """Read a run from JSON and refuse to call it by the name of another.

    Raises
    ------
    UserError
        If `named` is not the id of the run.
    """
    run = kind.model_validate_json(options)
    if run_id(run) != named:
        raise UserError(
            f"run {named} was asked for, but the options are those of run {run_id(run)}; give --run {run_id(run)}"
        )
    return run


def check_pair(run: Section, trained_as: str | None, *, model: Path, config: Path) -> None:
    """Refuse weights beside the config of another run.

    Parameters
    ----------
    run : Section
        What the config holds.
    trained_as : str or None
        The run that the weights name as theirs.
    model, config : path
        The files of both.

    Raises
    ------
    UserError
        If these are two runs.
    """
    if trained_as != run_id(run):
        raise UserError(
            f"{model} is of run {trained_as}, but {config} of run {run_id(run)}; keep the two files together"
        )


def add_run(runs: dict[str, R], run: R, *, source: str) -> str:
    """Put a run under its id and give that.

    Raises
    ------
    UserError
        If another run has this id by chance.
    """
    name = run_id(run)
    if runs.setdefault(name, run) != run:  # one pair of runs in 4 billion
        raise UserError(f"{source}: two different runs have the id {name} by chance; change the seed of one of them")
    return name


def plan_sweeps(
    paths: Sequence[str],
    base: R,
    runs: dict[str, R],
    *,
    study: str,
    shipped: Path,
    refuse: Callable[[R], str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Add the runs of sweep files to `runs` and give their ids by the name of the sweep.

    Parameters
    ----------
    paths : sequence of str
        The files; one that is not below the working folder is looked for in `shipped`.
    base : Section
        The run that the config itself describes.
    runs : dict
        Runs by id; those of the sweeps are added.
    study : str
        Its name, for errors.
    refuse : callable
        Says in words why a valid run cannot be made here, or nothing.

    Raises
    ------
    UserError
        For two sweeps of one name, a name that a target of another sweep may
        have, and what `expand_sweep` refuses.
    """
    sweeps: dict[str, tuple[str, ...]] = {}
    for path in paths:
        name = check_name(Path(path).stem, where=f"{study}.sweeps, the file name of {path}")
        if name in sweeps:
            raise UserError(f"{study}.sweeps: two sweeps are called {name}; rename one of the files")
        if name.endswith((SO_FAR, MODELS_ALONE)):
            raise UserError(f"{study}.sweeps: {path} ends as a target of another sweep may; rename the file")
        file = Path(path) if Path(path).is_file() or not (shipped / path).is_file() else shipped / path
        sweep = parse_config(read_yaml(file), SweepConfig, source=path)
        points = expand_sweep(sweep, base, source=path, refuse=refuse)
        sweeps[name] = tuple(add_run(runs, run, source=path) for run in points)
    return sweeps


def tabulate_ids(runs: Mapping[str, Section], sweeps: Mapping[str, Sequence[str]]) -> str:
    """Write the runs as tab-separated text: id, sweeps, seed, and every parameter that differs."""
    flat = {run: flatten(config.model_dump(mode="json")) for run, config in runs.items()}
    keys = [key for key in differing_keys(list(flat.values())) if key != SEED_KEY]
    sweeps_of: dict[str, list[str]] = {run: [] for run in flat}
    for name, members in sweeps.items():
        for run in members:
            sweeps_of[run].append(name)
    lines = ["\t".join(["run", "sweeps", SEED_KEY, *keys])]
    for run, values in flat.items():
        shown = ["-".join(map(str, values[key])) if isinstance(values[key], list) else str(values[key]) for key in keys]
        lines.append("\t".join([run, ",".join(sweeps_of[run]) or "-", str(values[SEED_KEY]), *shown]))
    return "\n".join(lines) + "\n"


def name_sections(default: R, section_of: Mapping[str, R]) -> tuple[dict[str, R], dict[str, str]]:
    """Name the different sections of runs: `DEFAULT` for the config's own, a hash for each other one.

    Returns
    -------
    sections by name, and the name of each run's section
        Equal sections have one name.
    """
    known: dict[str, R] = {DEFAULT: default}
    names = {default.model_dump_json(): DEFAULT}
    name_of = {}
    for run, section in section_of.items():
        text = section.model_dump_json()
        if text not in names:
            names[text] = stable_id(section.model_dump(mode="json"))
            known[names[text]] = section
        name_of[run] = names[text]
    return known, name_of

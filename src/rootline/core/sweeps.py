"""Sweeps: which keys of a run's config take which values.

A sweep file is a mapping of dotted keys to lists. It expands once, before the
first job, to the runs; equal runs of two sweeps are one run. All that is
wrong with it is said at once.
"""

import difflib
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from rootline.core.config import ConfigError, Section, dotted_keys, explain_faults, near_miss
from rootline.core.sweep_faults import (
    Point,
    as_text,
    comparable,
    describe_impossible,
    describe_repeated,
    repeated,
)

SEED_KEY = "train.seed"

SO_FAR = "_so_far"
"""What follows the name of a sweep where those of its runs are meant that are finished."""

MODELS_ALONE = "_models"
"""The same for a target that only trains."""

NAMED = 6
"""Missing runs that a figure names; the tables have all."""


class SweepConfig(Section):
    """One sweep: every combination of the grid, with every seed, and rows of one's own."""

    grid: dict[str, tuple[JsonValue, ...]] = Field(
        default_factory=dict, description="Dotted key of the run's config to the values it takes; all combinations."
    )
    rows: tuple[dict[str, JsonValue], ...] = Field(
        (), description="Further points, each a mapping of dotted keys to one value."
    )
    seeds: tuple[int, ...] = Field((), description=f"Seeds of every point, a short form of the grid key {SEED_KEY}.")
    exclude: tuple[dict[str, JsonValue], ...] = Field(
        (), description="Runs to leave out: those that have all the values of one of these mappings."
    )

    @field_validator("grid", mode="before")
    @classmethod
    def _grid_is_lists(cls, grid: Any) -> Any:
        for key, values in grid.items() if isinstance(grid, Mapping) else ():
            if not isinstance(values, list | tuple):
                text = f"{key} has the value {as_text(values)}, but needs a list: {key}: [{as_text(values)}]"
                raise ValueError(text)  # noqa: TRY004 (pydantic hears no TypeError)
            if not values:
                raise ValueError(f"{key} has no values; give it some, or remove the line")
            if again := repeated(values):
                raise ValueError(f"{key} has the value {as_text(again[0])} twice; remove one of them")
        return grid

    @field_validator("seeds", mode="before")
    @classmethod
    def _seeds_are_a_list(cls, seeds: Any) -> Any:
        if isinstance(seeds, int):
            text = f"must be a list, such as [{seeds}] for this seed or [0, 1, 2] for three of them"
            raise ValueError(text)  # noqa: TRY004 (as above)
        if isinstance(seeds, list | tuple) and (again := repeated(seeds)):
            raise ValueError(f"names {again[0]} twice; remove one of them")
        return seeds

    @field_validator("rows", "exclude", mode="before")
    @classmethod
    def _mappings_are_in_a_list(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            text = f"must be a list of mappings; begin its line with a dash: - {as_text(dict(given))}"
            raise ValueError(text)  # noqa: TRY004 (as above)
        return given

    @model_validator(mode="after")
    def _has_points_with_seeds_given_once(self) -> Self:
        if not (self.grid or self.rows or self.seeds):
            raise ValueError("names nothing to sweep; give it a grid, rows or seeds")
        if self.seeds and (SEED_KEY in self.grid or any(SEED_KEY in row for row in self.rows)):
            raise ValueError(f"seeds and the key {SEED_KEY} both name seeds; keep one of them")
        return self


R = TypeVar("R", bound=Section)


def sweep_points(sweep: SweepConfig) -> list[Point]:
    """List the points of a sweep, the excluded ones too, as mappings of dotted keys to values, in the order written."""
    grids: list[Point] = []
    if sweep.grid or not sweep.rows:
        grids = [dict(zip(sweep.grid, values, strict=True)) for values in itertools.product(*sweep.grid.values())]
    points = [*grids, *sweep.rows]
    if sweep.seeds:
        points = [{**point, SEED_KEY: seed} for point in points for seed in sweep.seeds]
    return points


def swept_keys(sweep: SweepConfig) -> list[str]:
    """List the dotted keys that a sweep names, which tell its runs apart."""
    keys = dict.fromkeys([*sweep.grid, *itertools.chain.from_iterable(sweep.rows)])
    return [*keys, *([SEED_KEY] if sweep.seeds else [])]


def expand_sweep(sweep: SweepConfig, base: R, *, source: str, refuse: Callable[[R], str] | None = None) -> list[R]:
    """Give the resolved config of every point of `sweep`; what it does not name stays as in `base`.

    A point is left out if its resolved config has all the values of one of
    ``exclude``, be they named by the sweep or by `base`; what it would have
    been is then never checked.

    Parameters
    ----------
    sweep : SweepConfig
        The checked content of a sweep file.
    base : Section
        The run that the points are changes of.
    source : str
        How errors call the file.
    refuse : callable
        Says in words why a valid run cannot be made here, or nothing.

    Raises
    ------
    ConfigError
        Naming all of one kind: keys that are none of a run's config,
        exclusions that match nothing, impossible combinations (grouped by
        reason, with the lines that would exclude them), or equal points.
    """
    points = sweep_points(sweep)
    _raise(_unknown_keys(sweep, type(base)), source)
    nested: dict[str, Any] = base.model_dump(mode="json")
    unswept = flatten(nested)
    excluded, idle = _exclude(sweep.exclude, points, unswept)
    _raise(idle, source)
    kept = [point for place, point in enumerate(points) if place not in excluded]
    if not kept:
        raise ConfigError(f"{source}: exclude leaves none of the {len(points)} runs; exclude less")
    runs: list[R] = []
    faults: dict[int, list[str]] = {}
    for place, point in enumerate(kept):
        try:
            run = type(base).model_validate(with_values(nested, point))
        except ValidationError as error:
            faults[place] = explain_faults(error, type(base))
            continue
        if refuse is not None and (reason := refuse(run)):
            faults[place] = [reason]
        runs.append(run)
    if faults:
        whole = [{key: point.get(key, unswept[key]) for key in swept_keys(sweep)} for point in kept]
        raise ConfigError(describe_impossible(faults, whole, source=source, seed=SEED_KEY))
    texts = [run.model_dump_json() for run in runs]
    _raise(describe_repeated(texts, kept), source)
    return runs


def _raise(faults: Sequence[str], source: str) -> None:
    if faults:
        raise ConfigError("\n".join(f"{source}: {fault}" for fault in faults))


def _unknown_keys(sweep: SweepConfig, section: type[Section]) -> list[str]:
    known = dotted_keys(section)
    leaves = {key for key in known if not any(other.startswith(f"{key}.") for other in known)}
    named = dict.fromkeys([*swept_keys(sweep), *itertools.chain.from_iterable(sweep.exclude)])
    faults = []
    for key in named:
        if key in leaves:
            continue
        if key in known:
            below = [other for other in known if other.startswith(f"{key}.")]
            faults.append(f"{key} is a section of a run, not a key; name one of {', '.join(below)}")
        else:
            faults.append(f"{key} is not a key of a run{near_miss(key, section)}")
    return faults


def _exclude(
    rules: Sequence[Mapping[str, JsonValue]], points: Sequence[Point], unswept: Mapping[str, Any]
) -> tuple[set[int], list[str]]:
    """Give the places of the points that some rule matches, and what is wrong with rules that match none."""
    excluded: set[int] = set()
    idle: list[str] = []
    for rule in rules:
        wanted, faults = {}, []
        for key, value in rule.items():
            taken = {comparable(point.get(key, unswept[key])): point.get(key, unswept[key]) for point in points}
            wanted[key] = _alternatives(value, taken)
            if missing := [one for one in wanted[key] if one not in taken]:
                texts = [as_text(one) for one in taken.values()]
                shown = as_text(value if len(wanted[key]) == 1 else _raw(value, missing[0]))
                close = difflib.get_close_matches(shown, filter(str.isidentifier, texts), n=1)
                faults.append(
                    f"{key} is never {shown} here"
                    + (f"; did you mean {close[0]}?" if close else f"; it is {_shorten(texts)}")
                )
        found = [
            place
            for place, point in enumerate(points)
            if not faults and all(comparable(point.get(key, unswept[key])) in values for key, values in wanted.items())
        ]
        excluded.update(found)
        if not rule:
            faults.append("it names no key")
        elif not found and not faults:
            faults.append("each of its values occurs, but no run has all of them at once")
        idle.extend(f"exclude: {as_text(dict(rule))} matches no run: {fault}" for fault in faults)
    return excluded, idle


def _alternatives(value: JsonValue, taken: Mapping[Any, Any]) -> list[Any]:
    """Give the values that a rule stands for: the one itself, or the elements of a list that the key never has as a whole."""
    if isinstance(value, list) and comparable(value) not in taken:
        elements = [comparable(one) for one in value]
        if any(one in taken for one in elements):
            return elements
    return [comparable(value)]


def _raw(value: JsonValue, wanted: Any) -> JsonValue:
    return next((one for one in value if comparable(one) == wanted), value) if isinstance(value, list) else value


def _shorten(texts: Sequence[str]) -> str:
    return ", ".join(texts[:8]) + (f" and {len(texts) - 8} more" if len(texts) > 8 else "")


def with_values(nested: Mapping[str, Any], point: Point) -> dict[str, Any]:
    """Copy a nested mapping with the values of some dotted keys changed; sections without a change are shared."""
    changed = dict(nested)
    copied: set[str] = set()
    for key, value in point.items():
        *sections, name = key.split(".")
        place, path = changed, ""
        for section in sections:
            path += f"{section}."
            if path not in copied:
                place[section] = dict(place[section])
                copied.add(path)
            place = place[section]
        place[name] = value
    return changed


def differing_keys(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    """List the keys whose values are not the same in all runs, of each of which `flat` has one mapping of dotted keys."""
    return [key for key, value in flat[0].items() if any(other[key] != value for other in flat)] if flat else []


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested mappings into one of dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def describe_missing(sweep: Mapping[str, Sequence[str]]) -> str:
    """Say which runs of a sweep are not in a figure, from the part ``config`` of its provenance; nothing if all are."""
    missing = sweep["missing"]
    if not missing:
        return ""
    named = ", ".join(missing[:NAMED]) + (f" and {len(missing) - NAMED} more" if len(missing) > NAMED else "")
    return f"{len(missing)} of {len(missing) + len(sweep['runs'])} runs are not finished and missing here: {named}."

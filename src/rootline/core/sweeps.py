"""Sweeps: which keys of a run's config take which values.

A sweep file is a mapping of dotted keys to lists. It expands once, before the
first job, to the runs; equal runs of two sweeps are one run.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar

from pydantic import Field, JsonValue, model_validator

from rootline.core.config import ConfigError, Section, parse_config

SEED_KEY = "train.seed"


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
        (), description="Points to leave out: those that have all the values of one of these mappings."
    )

    @model_validator(mode="after")
    def _seeds_are_given_once(self) -> Self:
        if self.seeds and (SEED_KEY in self.grid or any(SEED_KEY in row for row in self.rows)):
            raise ValueError(f"seeds and the key {SEED_KEY} both name seeds; keep one of them")
        return self


R = TypeVar("R", bound=Section)


def sweep_points(sweep: SweepConfig, unswept: Mapping[str, Any] | None = None) -> list[dict[str, JsonValue]]:
    """List the points of a sweep as mappings of dotted keys to values, in the order written.

    `unswept` holds the values of the keys that a point does not name, which
    ``exclude`` may name all the same.
    """
    grids: list[dict[str, JsonValue]] = []
    if sweep.grid or not sweep.rows:
        grids = [dict(zip(sweep.grid, values, strict=True)) for values in itertools.product(*sweep.grid.values())]
    points = [*grids, *sweep.rows]
    if sweep.seeds:
        points = [{**point, SEED_KEY: seed} for point in points for seed in sweep.seeds]
    return [
        point for point in points if not any(_matches({**(unswept or {}), **point}, rule) for rule in sweep.exclude)
    ]


def expand_sweep(sweep: SweepConfig, base: R, *, source: str) -> list[R]:
    """Give the resolved config of every point of `sweep`; what it does not name stays as in `base`.

    Raises
    ------
    ConfigError
        If a key is not one of the run's config or a combination is
        impossible; the text names the sweep file and the combination.
    """
    runs = []
    for point in sweep_points(sweep, flatten(base.model_dump(mode="json"))):
        raw = base.model_dump(mode="json")
        for key, value in point.items():
            set_dotted(raw, key, value, source=source)
        shown = ", ".join(f"{key}={value}" for key, value in point.items())
        runs.append(parse_config(raw, type(base), source=f"{source} ({shown})"))
    return runs


def swept_keys(sweep: SweepConfig) -> list[str]:
    """List the dotted keys that a sweep names, which tell its runs apart."""
    return list(dict.fromkeys(key for point in sweep_points(sweep) for key in point))


def set_dotted(raw: dict[str, Any], key: str, value: JsonValue, *, source: str) -> None:
    """Set one value in a nested mapping by its dotted key; the sections on the way must exist."""
    *sections, name = key.split(".")
    place: Any = raw
    for section in sections:
        place = place.get(section) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise ConfigError(f"{source}: {key} is not a key of a run; there is no section {section}")
    place[name] = value


def differing_keys(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """List the dotted keys whose values are not the same in all `runs` (nested mappings)."""
    flat = [flatten(run) for run in runs]
    return [key for key in flat[0] if any(other[key] != flat[0][key] for other in flat[1:])] if flat else []


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested mappings into one of dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def _matches(point: Mapping[str, JsonValue], rule: Mapping[str, JsonValue]) -> bool:
    return all(key in point and point[key] == value for key, value in rule.items())

"""What is wrong with the points of a sweep, in words, with the lines that leave them out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import JsonValue

Point = dict[str, JsonValue]
"""Dotted keys and the values that a point of a sweep gives them."""

REASONS_SHOWN = 10
POINTS_SHOWN = 3


def as_text(value: JsonValue) -> str:
    """Write a value as YAML has it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_text, value)) + "]"
    if isinstance(value, str):
        # PyYAML ends a plain word by a line with three dots
        return yaml.safe_dump(value, width=10**6).strip().removesuffix("...").strip()
    return json.dumps(value)


def comparable(value: JsonValue) -> Any:
    """Give what is equal for values that mean the same: 1, 1.0 and the text ``1e0`` that YAML reads for it.

    YAML knows more than JSON, such as dates, sets and keys that are no text;
    that they are none of a config is said afterwards, by whoever checks it.
    """
    if isinstance(value, list | tuple):
        return tuple(map(comparable, value))
    if isinstance(value, dict):
        return tuple((key, comparable(value[key])) for key in sorted(value, key=repr))
    if isinstance(value, bool) or value is None:
        return str(value)
    try:
        return float(value)
    except (ValueError, OverflowError):  # a text, or a whole number of hundreds of digits
        return value
    except TypeError:
        return repr(value)


def describe_point(point: Mapping[str, JsonValue]) -> str:
    """Write a point as ``key=value, key=value``."""
    return ", ".join(f"{key}={as_text(value)}" for key, value in point.items()) or "the config as it is"


def describe_impossible(faults: Mapping[int, Sequence[str]], points: Sequence[Point], *, source: str, seed: str) -> str:
    """Say which points of a sweep are impossible and why, and give the lines that would leave them out.

    Parameters
    ----------
    faults : mapping
        Place in `points` to what is wrong with that point.
    points : sequence of mapping
        All points that are not excluded already, each with every swept key.
    source : str
        How the text calls the sweep's file.
    seed : str
        The key of the seed, which is the last to be blamed.
    """
    groups: dict[str, list[int]] = {}
    for place, reasons in faults.items():
        for reason in reasons:
            groups.setdefault(reason, []).append(place)
    lines = [f"{source}: {len(faults)} of its {len(points)} runs {'is' if len(faults) == 1 else 'are'} impossible"]
    for reason, places in list(groups.items())[:REASONS_SHOWN]:
        lines.append(f"  {reason}")
        lines += [f"    {describe_point(points[place])}" for place in places[:POINTS_SHOWN]]
        if len(places) > POINTS_SHOWN:
            lines.append(f"    and {len(places) - POINTS_SHOWN} more")
    if len(groups) > REASONS_SHOWN:
        lines.append(f"  and {len(groups) - REASONS_SHOWN} more reasons")
    if any("must be a list" in reason for reason in groups):
        lines.append("a key whose value is a list has a list of lists in a grid: [[32, 64], [32, 64, 128]]")
    if len(faults) == len(points):
        return "\n".join([*lines, "correct the keys and values"])
    lines += ["correct the values, or leave these runs out by the lines", "exclude:"]
    rules = excluding_rules(list(groups.values()), points, seed=seed)
    return "\n".join([*lines, *(f"  - {as_text(rule)}" for rule in rules)])


def excluding_rules(groups: Sequence[Sequence[int]], points: Sequence[Point], *, seed: str) -> list[Point]:
    """Give the shortest rules that exclude the bad points of a sweep and no good one.

    For each group keys are dropped one by one, the seed first, as long as
    what the others match is bad; rules that differ in one value are joined to
    one with a list of values.

    Parameters
    ----------
    groups : sequence of sequences of int
        Places in `points` of those to exclude, those of one reason together.
    points : sequence of mapping
        All points, each with every swept key.
    seed : str
        The key of the seed.
    """
    bad = {place for group in groups for place in group}
    rules: dict[tuple[str, ...], dict[Any, _Rule]] = {}
    for group in groups:
        keys = sorted(points[group[0]], key=lambda key: key == seed)
        for key in reversed(keys.copy()):
            fewer = [other for other in keys if other != key]
            matched = {_values(points[place], fewer) for place in group}
            if fewer and all(place in bad for place, point in enumerate(points) if _values(point, fewer) in matched):
                keys = fewer
        of_keys = rules.setdefault(tuple(keys), {})
        for place in group:
            values = _values(points[place], keys)
            of_keys.setdefault(values, {key: {one: points[place][key]} for key, one in zip(keys, values, strict=True)})
    return [
        {key: [*values.values()] if len(values) > 1 else next(iter(values.values())) for key, values in rule.items()}
        for keys, of_keys in rules.items()
        for rule in _join(list(of_keys.values()), keys)
    ]


def describe_repeated(runs: Sequence[str], points: Sequence[Point]) -> list[str]:
    """Say which points come to the same run; `runs` holds the resolved config of each as text."""
    first: dict[str, int] = {}
    pairs = []
    for place, run in enumerate(runs):
        if (other := first.setdefault(run, place)) != place:
            pairs.append((other, place))
    faults = [
        f"runs {one + 1} ({describe_point(points[one])}) and {two + 1} ({describe_point(points[two])}) are the same; "
        "remove or exclude one of them"
        for one, two in pairs[:POINTS_SHOWN]
    ]
    more = len(pairs) - POINTS_SHOWN
    return [*faults, f"and {more} more runs are there twice"] if more > 0 else faults


def repeated(values: Sequence[JsonValue]) -> list[JsonValue]:
    """List the values that an earlier one equals."""
    seen: set[Any] = set()
    again = []
    for value in values:
        if (known := comparable(value)) in seen:
            again.append(value)
        seen.add(known)
    return again


def _values(point: Mapping[str, JsonValue], keys: Sequence[str]) -> tuple[Any, ...]:
    return tuple(comparable(point[key]) for key in keys)


_Rule = dict[str, dict[Any, JsonValue]]
"""Key to the values that it may have, by what they are compared with."""


def _join(rules: list[_Rule], keys: Sequence[str]) -> list[_Rule]:
    """Join rules that differ in the values of one key alone."""
    for key in keys:
        joined: dict[Any, _Rule] = {}
        for rule in rules:
            others = tuple(frozenset(rule[other]) for other in keys if other != key)
            known = joined.setdefault(others, rule)
            joined[others] = {**known, key: {**known[key], **rule[key]}}
        rules = list(joined.values())
    return rules

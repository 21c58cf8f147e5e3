"""Config sections: the one place of every default, bound, unit and description."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from rootline.core.errors import UserError
from rootline.core.yaml_text import load_yaml


class Section(BaseModel):
    """Base of every config section: unknown keys are errors, values are fixed."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


class ConfigError(UserError):
    """A config that cannot be used; the text has one line per fault."""


S = TypeVar("S", bound=Section)


def parse_config(raw: Mapping[str, Any], section: type[S], *, source: str) -> S:
    """Check a raw mapping against its section.

    Parameters
    ----------
    raw : mapping
        The config as YAML gave it.
    section : subclass of Section
        What the whole mapping must be.
    source : str
        How errors call the origin, usually the file's name.

    Raises
    ------
    ConfigError
        Naming for each fault the source, the dotted key, what is valid and,
        for an unknown key, the known one that looks most like it.
    """
    try:
        return section.model_validate(raw)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{source}: {fault}" for fault in explain_faults(error, section))) from error


def explain_faults(error: ValidationError, section: type[Section]) -> list[str]:
    """Give each fault of a config once, in words: its dotted key with the value, and what is valid."""
    return list(dict.fromkeys(_explain(details, section) for details in error.errors(include_url=False)))


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML mapping; an empty file is an empty mapping.

    Raises
    ------
    ConfigError
        If the file is missing, is not YAML, gives a key twice, or holds no mapping.
    """
    try:
        raw = load_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file, looked in {Path.cwd()}") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name a file that you may read") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must be a mapping of keys to values, found {type(raw).__name__}")
    return raw


def dotted_keys(section: type[Section], prefix: str = "") -> list[str]:
    """List the dotted names of all keys below a section; ``<name>`` stands where the user chooses the name."""
    keys = []
    for name, field in section.model_fields.items():
        keys.append(prefix + name)
        inner, is_named = subsection(field.annotation)
        if inner is not None:
            keys.extend(dotted_keys(inner, f"{prefix}{name}.{'<name>.' if is_named else ''}"))
    return keys


def subsection(annotation: Any) -> tuple[type[Section] | None, bool]:
    """Give the section that a field of this type holds, and whether it holds many under names or numbers."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (dict, Mapping, tuple, list) and arguments:
        return subsection(arguments[0 if origin in (tuple, list) else 1])[0], True
    if origin in (Union, UnionType):
        return next((found for found in map(subsection, arguments) if found[0] is not None), (None, False))
    return None, False


def near_miss(key: str, section: type[Section]) -> str:
    """Give ``; did you mean x.y?`` for a known dotted key that looks like `key`, else the keys valid in its place."""
    known = dotted_keys(section)
    parent, _, name = key.rpartition(".")
    siblings = [other.rpartition(".")[2] for other in known if _is_same_place(parent, other.rpartition(".")[0])]
    if close := difflib.get_close_matches(name, siblings, n=1, cutoff=0.6):
        return f"; did you mean {key.removesuffix(name)}{close[0]}?"
    # Right name, wrong section. The whole keys only rank: they look alike for what their sections share.
    elsewhere = [other for other in known if _is_alike(name, other.rpartition(".")[2])]
    if close := difflib.get_close_matches(key, elsewhere, n=1, cutoff=0):
        return f"; did you mean {close[0]}?"
    return f"; valid here: {', '.join(siblings)}" if siblings else ""


def _is_same_place(parent: str, known: str) -> bool:
    parts, pattern = parent.split("."), known.split(".")
    same = (wanted in (part, "<name>") for part, wanted in zip(parts, pattern, strict=False))
    return len(parts) == len(pattern) and all(same)


def _is_alike(name: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, name, other).ratio() >= 0.8


_WORDS = {
    "model_type": "must hold keys of its own, indented below it; leave it out for the defaults",
    "dict_type": "must hold keys of its own, indented below it; leave it out for the defaults",
    "tuple_type": "must be a list, such as [a, b]",
    "list_type": "must be a list, such as [a, b]",
}


def _explain(details: ErrorDetails, section: type[Section]) -> str:
    key = ".".join(str(part) for part in details["loc"])
    if details["type"] == "extra_forbidden":
        return f"{key} is not a known key{near_miss(key, section)}"
    message = details["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if not key:
        return message
    if details["type"] == "missing":
        return f"{key} is missing"
    value = details["input"]
    if details["type"] in _WORDS:  # pydantic's own speak of Python's types
        message = _WORDS[details["type"]]
    shown = f"={value!r}" if isinstance(value, str | int | float | bool | None) else ""
    return f"{key}{shown}: {message}"

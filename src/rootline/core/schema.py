"""What a config section says of itself: JSON schema for editors, a Markdown table, a default YAML file."""

import json
import textwrap
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rootline.core.config import Section, subsection

WIDTH = 120
SCHEMA_FILE = "schema.json"
REQUIRED = "required"

_WORDS = {
    int: "int",
    float: "float",
    str: "text",
    bool: "true or false",
    type(None): "null",
    Any: "anything",
    JsonValue: "anything",
}

# What annotated_types and pydantic call the limits of a value.
_BOUNDS = {
    "gt": "> {}",
    "ge": ">= {}",
    "lt": "< {}",
    "le": "<= {}",
    "multiple_of": "multiple of {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
    "pattern": "matching {}",
}


class Key(NamedTuple):
    """One key of a config: `section` is that of its subsection, None for a plain value.

    `name` is dotted; ``<name>`` in it stands for a name that the user chooses.
    `kind` is the type in a user's words; `default` is what YAML would hold, or `REQUIRED`.
    """

    name: str
    kind: str
    default: Any
    description: str
    section: type[Section] | None


def json_schema(section: type[Section]) -> str:
    """Give the JSON schema of a section, for editors that check and complete YAML."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **section.model_json_schema()}
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def markdown_table(section: type[Section]) -> str:
    """Give a table of all dotted keys: key, type, default, description with unit."""
    lines = ["| Key | Type | Default | Description |", "|---|---|---|---|"]
    for key in keys_of(section):
        if key.section is None or key.default is None:
            default = key.default if key.default is REQUIRED else f"`{_flow(key.default)}`"
            cells = (f"`{key.name}`", key.kind, default, key.description)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def default_yaml(section: type[Section]) -> str:
    """Give a YAML file with every key at its default, each with its description as a comment.

    A key without a default is commented out and marked as required.
    """
    intro = _first_line(section.__doc__)
    lines = [f"# yaml-language-server: $schema={SCHEMA_FILE}", *_comment(intro, 0)]
    for key in keys_of(section):
        *parents, name = key.name.split(".")
        if any(part.startswith("<") for part in (*parents, name)):
            continue
        depth = len(parents)
        if key.section is not None and key.default is not None:
            lines += ["", *_comment(key.description, depth)] if depth == 0 else _comment(key.description, depth)
            lines.append(f"{'  ' * depth}{name}:")
        elif not _inside_null(key.name, section):
            lines += _line(name, key, depth)
    return "\n".join(lines) + "\n"


def keys_of(section: type[Section], prefix: str = "", instance: Section | None = None) -> Iterator[Key]:
    """Yield every key below a section in the order written, a subsection before its own keys.

    `instance` is the default of the section where its parent gives one, which
    may differ from the defaults of the class.
    """
    for name, field in section.model_fields.items():
        default = _default(name, field, instance)
        description = " ".join((field.description or "").split())
        inner, is_named = subsection(field.annotation)
        if inner is None or is_named:
            yield Key(prefix + name, _type(field.annotation, field.metadata), _plain(default), description, None)
        else:
            description = description or _first_line(inner.__doc__)
            kind = "section" if inner is field.annotation else "section or null"
            yield Key(prefix + name, kind, _plain(default), description, inner)
        if inner is not None:
            given = default if isinstance(default, inner) else None
            yield from keys_of(inner, f"{prefix}{name}.{'<name>.' if is_named else ''}", given)


def _default(name: str, field: FieldInfo, instance: Section | None) -> Any:
    if instance is not None:
        return getattr(instance, name)
    default = field.get_default(call_default_factory=True, validated_data={})
    return REQUIRED if default is PydanticUndefined else default


def _inside_null(name: str, section: type[Section]) -> bool:
    """Tell whether a parent section of the key is null by default, so that the key has no place in the file."""
    return any(
        key.section is not None and key.default is None and name.startswith(f"{key.name}.") for key in keys_of(section)
    )


def _type(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Write a type as a user reads it, with its bounds."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], [*annotation.__metadata__, *metadata])
    if origin is Literal:
        return " | ".join(_flow(value) for value in arguments)
    if origin in (Union, types.UnionType):
        plain = [_type(a, metadata) for a in arguments if a is not type(None)]
        return " or ".join([*plain, *(["null"] if type(None) in arguments else [])])
    if origin in (dict, Mapping):
        return f"mapping of names to {_type(arguments[1])}"
    if origin is tuple and arguments[-1] is not Ellipsis:
        inner = [_type(argument) for argument in arguments]
        text = f"list of {len(inner)} {inner[0]}" if len(set(inner)) == 1 else f"list of {', '.join(inner)}"
    elif origin in (tuple, list, Sequence):
        text = f"list of {_type(arguments[0])}"
    elif isinstance(annotation, type) and issubclass(annotation, Section):
        text = "section"
    else:
        text = _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))
    bounds = [bound for item in metadata for bound in _bounds(item)]
    if not bounds:
        return text
    shown = ", ".join(bounds)
    return f"{text} {shown}" if shown[0] in "<>" else f"{text} ({shown})"


def _bounds(item: Any) -> Iterator[str]:
    """Write what one piece of a field's metadata asks for; what says nothing to a user gives nothing."""
    for inner in getattr(item, "metadata", ()):
        yield from _bounds(inner)
    for attribute, text in _BOUNDS.items():
        value = getattr(item, attribute, None)
        if value:
            yield "not empty" if (attribute, value) == ("min_length", 1) else text.format(value)
        elif value == 0 and attribute in ("gt", "ge", "lt", "le"):
            yield text.format(value)


def _plain(default: Any) -> Any:
    """Give a default as YAML would hold it."""
    if isinstance(default, Section):
        return default.model_dump(mode="json")
    if isinstance(default, Mapping):
        return {name: _plain(value) for name, value in default.items()}
    if isinstance(default, Sequence) and not isinstance(default, str):
        return [_plain(value) for value in default]
    return default


def _flow(value: Any) -> str:
    """Write a value on one line of YAML that reads back as the same value."""
    if isinstance(value, float) and value != 0 and not 1e-3 <= abs(value) < 1e6:
        mantissa, _, exponent = repr(value).partition("e")
        if exponent and "." not in mantissa:  # YAML 1.1 takes 1e-05 for text
            return f"{mantissa}.0e{exponent}"
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").removesuffix("...").rstrip("\n")


def _line(name: str, key: Key, depth: int) -> list[str]:
    indent = "  " * depth
    line = f"{indent}# {name}: {REQUIRED}" if key.default is REQUIRED else f"{indent}{name}: {_flow(key.default)}"
    separator = ", " if key.default is REQUIRED else "  # "
    whole = f"{line}{separator}{key.description}" if key.description else line
    return [whole] if len(whole) <= WIDTH else [*_comment(key.description, depth), line]


def _comment(text: str, depth: int) -> list[str]:
    indent = "  " * depth
    return [f"{indent}# {line}" for line in textwrap.wrap(text, WIDTH - len(indent) - 2)]


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n", 1)[0]

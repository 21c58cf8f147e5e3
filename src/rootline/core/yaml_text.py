"""YAML as config files need it: safe, each key once, neither too deep nor, with all its aliases written out, too long."""

from typing import Any, Final

import yaml

MAX_CHARACTERS: Final = 1 << 24
MAX_DEPTH: Final = 32
"""Levels of a mapping or list in another; a config has seven. Libraries crash on thousands."""
MAX_NODES: Final = 1_000_000
"""Keys and values; ten lists of ten aliases of each other are ten billion."""

_FAULTS: Final = (ValueError, TypeError, LookupError, AttributeError)
"""What PyYAML lets through of Python's own when a value is not what it looks like or what its tag says: a date of month 13, a
number of thousands of digits, `!!bool perhaps`."""


class _KeysOnce(yaml.constructor.SafeConstructor):
    """No key is given twice; the plain loader keeps the last and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for name, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(name, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or a mapping stands where a key belongs; write a word", name.start_mark
                )
            if name.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {name.value} is given twice; remove one of them", name.start_mark
                )
            if name.tag != "tag:yaml.org,2002:merge":
                seen.add(name.value)
        return super().construct_mapping(node, deep)


class _Loader(_KeysOnce, yaml.SafeLoader):
    """Shows the line of a fault."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except _FAULTS as error:
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"cannot be read as {kind} ({error}); correct it, or put it in quotes for text",
                node.start_mark,
            ) from error


class _FastLoader(_KeysOnce, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Ten times faster, which a sweep of thousands of points feels; of a fault it knows only the line's number."""


def load_yaml(text: str) -> Any:
    """Give what one YAML document holds, None where it is empty.

    Raises
    ------
    yaml.YAMLError
        Naming the line, if the text is not YAML, gives a key twice, or is
        larger than a config can be.
    """
    if len(text) > MAX_CHARACTERS:
        raise yaml.YAMLError(f"{len(text)} characters, at most {MAX_CHARACTERS} are read")
    try:
        return _load(text, _FastLoader)
    except (yaml.YAMLError, *_FAULTS):
        return _load(text, _Loader)


def _load(text: str, kind: Any) -> Any:
    # Before anything goes down the levels by recursion, which a text of brackets alone would break in C.
    _check_depth(text, kind)
    loader = kind(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _measure(node, {})
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_depth(text: str, kind: Any) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=kind):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                where: Any = event.start_mark
                fault = f"more than {MAX_DEPTH} levels of lists and mappings in each other"
                raise yaml.composer.ComposerError(None, None, fault, where)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _measure(node: yaml.Node, known: dict[int, tuple[int, int] | None]) -> tuple[int, int]:
    """Give how many nodes there are and how many levels below one, each alias counted as what it stands for."""
    if id(node) in known:
        found = known[id(node)]
        if found is None:
            raise yaml.composer.ComposerError(None, None, "an alias stands for what it is part of", node.start_mark)
        return found
    known[id(node)] = None
    children: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        children = [one for pair in node.value for one in pair]
    elif isinstance(node, yaml.SequenceNode):
        children = node.value
    measured = [_measure(child, known) for child in children]
    nodes, levels = 1 + sum(one for one, _ in measured), 1 + max((below for _, below in measured), default=0)
    if nodes > MAX_NODES or levels > MAX_DEPTH + 1:
        raise yaml.composer.ComposerError(
            None, None, f"with its aliases written out, this has {nodes} values in {levels} levels", node.start_mark
        )
    known[id(node)] = nodes, levels
    return nodes, levels

"""A short hash of what a script computes: its own syntax tree and that of every project module it imports.

Rules carry it in their params, so that they run again after a logic edit
below them and after nothing else. Comments, layout, docstrings, descriptions of
options, time stamps and the place of the checkout do not count. What a script
reads or starts in another way (a data file, ``importlib.import_module``, a
program) is not seen: name it as an input or a param of the rule.
"""

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rootline.core.errors import UserError
from rootline.core.files import parse_json, write_json

DIGITS = 16

# ast.dump is not used: Python 3.13 began to leave out empty fields there, and a new minor version may add fields, such
# as type_params in 3.12. `_dump` always leaves out empty fields, so the versions agree as long as they parse the same
# text to the same nodes: tried with 3.11, 3.12 and 3.13. Where a later one does not, the price is one extra run.
_NOT_LOGIC = frozenset({"ctx", "kind", "type_comment", "type_ignores"})

# What tells users of an option of the config, by pydantic, or of a script, by typer.
_WORDING = {"Field": "description", "Option": "help", "Argument": "help"}


class _Module(NamedTuple):
    """What one file holds: the hash of its syntax tree, and its imports as (level, module, names)."""

    digest: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]


class _Found(NamedTuple):
    """A module on disk under its dotted name; a folder without __init__.py has no file."""

    name: str
    file: Path | None
    is_package: bool


class Memory:
    """What the syntax trees of files came to, kept in JSON from one start of Snakemake to the next.

    To parse all files is half of what a start costs beside Snakemake itself.
    A file is known by its bytes, and all is forgotten with another Python or
    another text of this module, so a memory only saves time. Where modules
    lie is looked up once: use it for one state of the checkout.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.absolute()  # Snakemake goes back to where it was called before it ends
        self._used: dict[str, _Module] = {}
        self._finders: dict[tuple[Path, ...], _Finder] = {}
        own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        self._maker = f"{own} {sys.version_info.major}.{sys.version_info.minor}"
        self._kept: dict[str, _Module] = {}
        try:
            read = parse_json(file)
            if read["maker"] == self._maker:
                for key, (digest, imports) in read["files"].items():
                    listed = ((int(level), str(name), tuple(names)) for level, name, names in imports)
                    self._kept[key] = _Module(str(digest), tuple(listed))
        except (OSError, ValueError, TypeError, LookupError):  # none yet, or spoilt
            self._kept = {}

    def parse(self, source: bytes) -> _Module:
        """Hash and scan one file's bytes, unless that was done before."""
        key = hashlib.sha256(source).hexdigest()
        if key not in self._used:
            self._used[key] = self._kept[key] if key in self._kept else _parse(source)
        return self._used[key]

    def finder(self, folders: tuple[Path, ...]) -> "_Finder":
        """Give what finds modules in these folders, with all that it has found already."""
        if folders not in self._finders:
            self._finders[folders] = _Finder(folders)
        return self._finders[folders]

    def keep(self) -> None:
        """Write down what was parsed, where anything is new; what nobody asked for any more is dropped."""
        if self._used != self._kept:
            with suppress(OSError):  # a disk that is full or read-only
                write_json(self._file, {"maker": self._maker, "files": self._used})
            self._kept = dict(self._used)


def fingerprint(script: Path | str, roots: Sequence[Path | str], memory: Memory | None = None) -> str:
    """Hash the syntax trees of a script and of every project module that it imports, directly or not.

    Parameters
    ----------
    script : path
        The Python file to start from. Modules beside it count as Python itself counts them.
    roots : sequence of paths
        Folders that hold the project's packages, such as ``src``. Modules
        found in none of them belong to the environment and do not count.
    memory : Memory, optional
        What is known from earlier processes.

    Returns
    -------
    str
        16 hexadecimal digits, the same on every machine and in every folder.

    Raises
    ------
    UserError
        If the script is missing, or it or a module it imports is not Python.
    """
    script = Path(script)
    parse = memory.parse if memory else _parse
    folders = (script.parent, *map(Path, roots))
    finder = memory.finder(folders) if memory else _Finder(folders)
    start = _read(script, parse)
    trees = [start.digest]
    closure: dict[str, str] = {}
    waiting = [(_Found("", script, is_package=False), start)]
    while waiting:
        importer, module = waiting.pop()
        for found in finder.imported_by(importer, module):
            if found.name in closure or found.file is None or found.file == script:
                continue
            imported = _read(found.file, parse)
            closure[found.name] = imported.digest
            waiting.append((found, imported))
    trees.extend(f"{name} {closure[name]}" for name in sorted(closure))
    return hashlib.sha256("\n".join(trees).encode()).hexdigest()[:DIGITS]


class _Finder:
    """Find modules in a few folders, as Python would with those first on its path."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._tops: dict[str, Path] = {}
        for root in reversed(roots):
            if root.is_dir():
                self._tops.update((entry.name.removesuffix(".py"), root) for entry in root.iterdir())
        self._known: dict[str, _Found | None] = {}
        self._imported: dict[tuple[_Found, _Module], tuple[_Found, ...]] = {}

    def imported_by(self, importer: _Found, module: _Module) -> tuple[_Found, ...]:
        """Give the project modules that `module` imports, with the packages on the way."""
        if (importer, module) not in self._imported:
            self._imported[importer, module] = tuple(dict.fromkeys(self._find_imported(importer, module)))
        return self._imported[importer, module]

    def _find_imported(self, importer: _Found, module: _Module) -> Iterator[_Found]:
        for level, name, members in module.imports:
            base = _absolute(importer, level, name)
            if base is None or base.split(".", 1)[0] not in self._tops:
                continue
            yield from self._with_packages(base)
            for member in members:
                if member != "*":
                    yield from self._with_packages(f"{base}.{member}")
                elif (package := self._find(base)) is not None and package.is_package and package.file is not None:
                    for file in sorted(package.file.parent.glob("*.py")):  # __all__ may name any of them
                        yield from self._with_packages(f"{base}.{file.stem}")

    def _with_packages(self, name: str) -> Iterator[_Found]:
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            found = self._find(".".join(parts[:end]))
            if found is None:  # an attribute, or nothing at all: the import itself will tell
                return
            yield found

    def _find(self, name: str) -> _Found | None:
        if name not in self._known:
            self._known[name] = self._look_up(name)
        return self._known[name]

    def _look_up(self, name: str) -> _Found | None:
        top = name.split(".", 1)[0]
        if top not in self._tops:
            return None
        place = self._tops[top].joinpath(*name.split("."))
        if (package := place / "__init__.py").is_file():
            return _Found(name, package, is_package=True)
        if (file := place.with_name(f"{place.name}.py")).is_file():
            return _Found(name, file, is_package=False)
        return _Found(name, None, is_package=True) if place.is_dir() else None


def _absolute(importer: _Found, level: int, name: str) -> str | None:
    """Give the dotted name that a (relative) import means, None for one that leaves the package."""
    if level == 0:
        return name
    parts = importer.name.split(".") if importer.name else []
    dropped = level - 1 if importer.is_package else level
    if dropped >= len(parts):
        return None
    return ".".join([*parts[: len(parts) - dropped], *([name] if name else [])])


def _read(file: Path, parse: Callable[[bytes], _Module]) -> _Module:
    try:
        source = file.read_bytes()
    except OSError as error:
        raise UserError(
            f"{file}: cannot be read for its fingerprint ({error.strerror}); each rule needs workflow/scripts/<study>/<rule>.py"
        ) from error
    try:
        return parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f"{file}:{line}" if line else str(file)
        raise UserError(f"{place}: not valid Python ({getattr(error, 'msg', error)}); mend it and run again") from error


@cache
def _parse(source: bytes) -> _Module:
    """Hash and scan one file's bytes; cached, because every script imports the same few modules."""
    parts: list[str] = []
    statements: list[ast.Import | ast.ImportFrom] = []
    _dump(ast.parse(source), parts, statements)
    imports: list[tuple[int, str, tuple[str, ...]]] = []
    for node in statements:
        if isinstance(node, ast.Import):
            imports.extend((0, alias.name, ()) for alias in node.names)
        else:
            imports.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    return _Module(hashlib.sha256("".join(parts).encode()).hexdigest(), tuple(dict.fromkeys(imports)))


def _dump(value: object, parts: list[str], imports: list[ast.Import | ast.ImportFrom]) -> None:
    """Append a text of `value` that has the logic of the code and nothing else, and the import statements in it."""
    if isinstance(value, ast.Constant):
        parts.append(f"={value.value!a};")  # repr would depend on the version's Unicode tables
    elif isinstance(value, ast.AST):
        parts.append(f"{type(value).__name__}(")
        for name, field in _fields_of(value):
            parts.append(f"{name}:")
            _dump(field, parts, imports)
        parts.append(")")
        if isinstance(value, ast.Import | ast.ImportFrom):
            imports.append(value)
    elif isinstance(value, list):
        parts.append("[")
        for item in value:
            if not _is_docstring(item):
                _dump(item, parts, imports)
        parts.append("]")
    else:
        parts.append(f"={value!a};")


def _fields_of(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield the fields of a node that are logic and not empty."""
    for name in node._fields:
        field = getattr(node, name, None)
        if name == "keywords" and isinstance(node, ast.Call) and (wording := _WORDING.get(_called(node))):
            field = [keyword for keyword in node.keywords if keyword.arg != wording]
        if field is None or field == [] or name in _NOT_LOGIC:
            continue
        if isinstance(node, ast.JoinedStr):  # 3.12 adds an empty text to some
            field = [part for part in node.values if getattr(part, "value", None) != ""]
        yield name, field


def _called(call: ast.Call) -> str:
    """Name what is called, without the module that it is taken from; nothing for what has no name."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_docstring(node: object) -> bool:
    """Tell whether a node is a bare string: a docstring of a module, class, function or attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)

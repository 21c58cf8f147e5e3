import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rootline.core.errors import UserError
from rootline.core.fingerprint import Memory, fingerprint

SOURCE = Path(__file__).resolve().parents[3] / "src"

FILES = {
    "scripts/train_model.py": '"""Train."""\nfrom pkg.study import training\n\n\ndef main():\n    training.run(3)\n',
    "scripts/draw_plot.py": "import numpy\nfrom pkg.study.plots import draw\n\ndraw(numpy)\n",
    "scripts/late.py": "def main():\n    import pkg.study.plots as p\n    return p\n",
    "scripts/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.core import tables\n",
    "scripts/attribute.py": "from pkg.core import LIMIT\n",
    "scripts/starred.py": "from pkg.core import *\n",
    "scripts/alone.py": "import json, sys\nfrom os import path\nfrom .. import nothing\n",
    "scripts/neighbour.py": "import alone\n",
    "src/pkg/__init__.py": "",
    "src/pkg/core/__init__.py": "from pkg.core.limits import LIMIT\n",
    "src/pkg/core/limits.py": "LIMIT = 3\n",
    "src/pkg/core/tables.py": "def read(path):\n    '''Read.'''\n    return path\n",
    "src/pkg/study/__init__.py": "",
    "src/pkg/study/training.py": "from ..core import tables\n\n\ndef run(n):\n    return tables.read(n)\n",
    "src/pkg/study/plots.py": "from . import style\nfrom .style import COLOUR\n\n\ndef draw(x):\n    return COLOUR, x\n",
    "src/pkg/study/style.py": "import pkg.study.plots\nCOLOUR = 'blue'\n",
    "src/pkg/study/unused.py": "x = 1\n",
    "src/plain/inner.py": "y = 1\n",
    "scripts/namespace.py": "from plain import inner\n",
}


@pytest.fixture
def project(tmp_path):
    return write(tmp_path / "a")


def write(folder):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def all_of(folder):
    return {path.stem: fingerprint(path, [folder / "src"]) for path in sorted((folder / "scripts").glob("*.py"))}


def changed_by(folder, name, text):
    """Name the scripts whose fingerprint changes when a file gets another text."""
    before = all_of(folder)
    old = (folder / name).read_text()
    (folder / name).write_text(text)
    after = all_of(folder)
    (folder / name).write_text(old)
    assert all_of(folder) == before
    return {script for script in before if before[script] != after[script]}


def test_a_fingerprint_is_16_hexadecimal_digits(project):
    for value in all_of(project).values():
        assert len(value) == 16
        int(value, 16)


@pytest.mark.parametrize(
    ("name", "text", "scripts"),
    [
        ("scripts/train_model.py", FILES["scripts/train_model.py"].replace("3", "4"), {"train_model"}),
        ("src/pkg/study/training.py", "def run(n):\n    return n + 1\n", {"train_model"}),
        ("src/pkg/core/tables.py", "def read(path):\n    return None\n", {"train_model", "typed", "starred"}),
        ("src/pkg/core/limits.py", "LIMIT = 4\n", {"train_model", "typed", "attribute", "starred"}),
        ("src/pkg/core/__init__.py", "LIMIT = 3\n", {"train_model", "typed", "attribute", "starred"}),
        ("src/pkg/study/style.py", "COLOUR = 'red'\n", {"draw_plot", "late"}),
        ("src/pkg/study/__init__.py", "x = 1\n", {"train_model", "draw_plot", "late"}),
        ("src/pkg/__init__.py", "x = 1\n", {"train_model", "draw_plot", "late", "typed", "attribute", "starred"}),
        ("src/pkg/study/unused.py", "x = 2\n", set()),
        ("src/plain/inner.py", "y = 2\n", {"namespace"}),
        ("scripts/alone.py", "import json\n", {"alone", "neighbour"}),
    ],
)
def test_a_logic_edit_changes_exactly_the_scripts_that_import_it(project, name, text, scripts):
    assert changed_by(project, name, text) == scripts


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\ndef read(path):\n    '''Read.'''\n    return path  # why\n",
        "def read(path):\n    '''Other words\n\n    on more lines.'''\n    return path\n",
        '"""A module docstring."""\n\n\ndef read(\n    path,\n):\n    """Read."""\n    return (path)\n',
        "def read(path): return path\n",
        "def read(path):\r\n    return path\r\n",
    ],
)
def test_comments_layout_and_docstrings_change_nothing(project, text):
    assert changed_by(project, "src/pkg/core/tables.py", text) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 'a'", "x = b'a'"),
        ("x = 'a'", "x: str = 'a'"),
        ("return", "return None"),
        ("x = 2 * (3 + 4)", "x = 2 * 3 + 4"),
        ("x = None", "x = ..."),
        ("x = ['', 'a']", "x = ['a']"),
        ("f('')", "f()"),
        ("def g(*, a, b=1): pass", "def g(*, a=1, b): pass"),
        ("x = {**a, 'b': 1}", "x = {'b': 1, **a}"),
        ("x = f'{a}'", "x = f'{a!r}'"),
        ("pass", "'''a docstring that was a statement'''; f()"),
        ("async def g(): pass", "def g(): pass"),
    ],
)
def test_whatever_could_change_a_result_counts(project, old, new):
    script = project / "scripts" / "alone.py"

    def with_body(statement):
        script.write_text(f"def f(a=None):\n    '''Doc.'''\n    {statement}\n")
        return fingerprint(script, [project / "src"])

    assert with_body(old) != with_body(new)


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ("x = Field(3, description='Width.')", "x = Field(3, description='Width [cm].')", False),
        ("x = Field(3, description='Width.')", "x = Field(3)", False),
        ("x = Field(3, description='Width.')", "x = Field(4, description='Width.')", True),
        ("x = Field(3, gt=0, description='Width.')", "x = Field(3, gt=1, description='Width.')", True),
        ("x = typer.Option(help='Images.')", "x = typer.Option(help='The images.')", False),
        ("x = figure(description='Width.')", "x = figure(description='Width [cm].')", True),
        ("x = Field(**first)", "x = Field(**other)", True),
    ],
)
def test_what_describes_an_option_to_its_users_does_not_count(project, old, new, counts):
    scripts = {}
    for text in (old, new):
        (project / "src/pkg/study/training.py").write_text(text + "\n")
        scripts[text] = all_of(project)["train_model"]
    assert (scripts[old] != scripts[new]) is counts


def test_touching_and_moving_the_checkout_change_nothing(project, tmp_path):
    before = all_of(project)
    for path in project.rglob("*.py"):
        os.utime(path, (1, 1))
    assert all_of(project) == before
    moved = tmp_path / "another place with blanks"
    project.rename(moved)
    assert all_of(moved) == before


def test_the_working_folder_does_not_count(project, monkeypatch):
    before = fingerprint(project / "scripts/train_model.py", [project / "src"])
    monkeypatch.chdir(project)
    assert fingerprint(Path("scripts/train_model.py"), [Path("src")]) == before
    assert fingerprint("scripts/train_model.py", ["src"]) == before


def test_a_module_that_appears_counts(project):
    script = project / "scripts" / "train_model.py"
    script.write_text("from pkg.study import new\n")
    before = fingerprint(script, [project / "src"])
    (project / "src/pkg/study/new.py").write_text("x = 1\n")
    assert fingerprint(script, [project / "src"]) != before


def test_a_script_that_is_not_there_is_a_user_error(project):
    with pytest.raises(UserError, match=r"fit\.py: cannot be read .*No such file.*workflow/scripts/<study>/<rule>\.py"):
        fingerprint(project / "scripts" / "fit.py", [project / "src"])


@pytest.mark.parametrize(("text", "place"), [("x = 1\ny = = 2\n", r"tables\.py:2"), ("x = '\0'\n", r"tables\.py")])
def test_a_syntax_error_names_file_and_line(project, text, place):
    (project / "src/pkg/core/tables.py").write_text(text)
    with pytest.raises(UserError, match=f"{place}.*: not valid Python .*; mend it and run again"):
        fingerprint(project / "scripts" / "train_model.py", [project / "src"])


def test_every_python_version_gives_the_same(project):
    """The reference was made by Python 3.12 and 3.13, which have other fields in their trees than 3.11."""
    script = project / "scripts" / "alone.py"
    script.write_text(
        textwrap.dedent(
            """
            from dataclasses import dataclass

            type_names = {"a": 1, **{"b": 2.5e-3}}

            @dataclass
            class Point:
                x: int = 0
            """
        )
        + "def f(a, /, *b, c=None, **d) -> 'str':\n    with open(a) as g, g: yield lambda: f'{a!r:>{c}} {b}'\n"
        + "async def h():\n    return [x async for x in y if (z := x)]\n"
        + "match 1:\n    case {'a': [1, *_], **r} if r: pass\n    case _: raise ValueError from None\n"
    )
    assert fingerprint(script, []) == "52669c71b7833f8c"


def test_what_earlier_processes_parsed_is_remembered_and_never_changes_a_fingerprint(project, tmp_path, monkeypatch):
    kept = tmp_path / "kept" / "trees.json"

    def remembered():
        memory = Memory(kept)
        found = {path.stem: fingerprint(path, [project / "src"], memory) for path in (project / "scripts").glob("*.py")}
        memory.keep()
        return found

    assert remembered() == all_of(project)
    with monkeypatch.context() as patch:
        patch.setattr("rootline.core.fingerprint._parse", lambda source: pytest.fail(f"parsed again: {source!r}"))
        again = remembered()
    assert again == all_of(project)
    (project / "src/pkg/core/limits.py").write_text("LIMIT = 4\n")
    assert remembered() == all_of(project)
    for spoilt in ("", "[]", '{"maker": 1}', kept.read_text().replace('"maker": "', '"maker": "another ')):
        kept.write_text(spoilt)
        assert remembered() == all_of(project)


def test_importing_it_loads_no_heavy_library():
    code = (
        "import sys, rootline.core.fingerprint, rootline.core.provenance\n"
        "sys.exit(any(m in sys.modules for m in ('numpy', 'pandas', 'torch', 'pydantic', 'yaml', 'typer')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SOURCE)}, check=False)
    assert done.returncode == 0

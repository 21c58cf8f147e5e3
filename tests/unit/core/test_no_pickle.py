"""No pickle anywhere: none in the sources, and none at run time."""

import ast
import subprocess
import sys
import textwrap

import pytest
from tests.checkout import REPOSITORY

from rootline.core.no_pickle import PICKLE_MODULES

SOURCES = sorted(path for folder in ("src", "workflow", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py"))
LOADERS = {("torch", "load"), ("torch", "save"), ("pd", "read_pickle"), ("pandas", "read_pickle"), ("joblib", "load")}


def pickles_in(text):
    """List what in a source loads or writes pickles."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in PICKLE_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            if str(node.module).partition(".")[0] in PICKLE_MODULES:
                yield str(node.module)
        elif isinstance(node, ast.Attribute) and node.attr in ("read_pickle", "to_pickle"):
            yield node.attr
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in LOADERS:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            yield "allow_pickle"


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "import pickle as p", "from pickle import loads", "import joblib.numpy_pickle", "import shelve",
        "def f():\n    from dill import load", "torch.load(path)", "torch.save(x, path)", "pd.read_pickle(p)",
        "frame.to_pickle(p)", "np.load(p, allow_pickle=True)", "np.load(p, allow_pickle=trusted)",
    ],
)  # fmt: skip
def test_every_way_to_a_pickle_is_found(text):
    assert list(pickles_in(text))


@pytest.mark.parametrize(
    "text", ["np.load(p)", "np.load(p, allow_pickle=False)", "from rootline.core import no_pickle", "load(p)"]
)
def test_what_is_no_pickle_is_not_blamed(text):
    assert not list(pickles_in(text))


def test_no_source_loads_or_writes_a_pickle():
    assert len(SOURCES) > 200
    found = {str(path.relative_to(REPOSITORY)): list(pickles_in(path.read_text())) for path in SOURCES}
    assert not {name: loaders for name, loaders in found.items() if loaders}


def run(tmp_path, text, module="rootline.intruder"):
    """Run a text as a module of the given name, guarded, in a process of its own."""
    script = tmp_path / "script.py"
    script.write_text(
        "import pathlib, pickle, sys\n"
        "from rootline.core.no_pickle import forbid_pickle\n"
        "class Danger:\n"
        "    def __reduce__(self):\n"
        f"        return (pathlib.Path.touch, (pathlib.Path({str(tmp_path / 'harm')!r}),))\n"
        "data = pickle.dumps(Danger())\n"
        "forbid_pickle()\n"
        "def child(value):\n"
        "    return pathlib.PurePosixPath(value)\n"
        f"exec(compile({textwrap.dedent(text)!r}, 'intruder', 'exec'), dict(globals(), __name__={module!r}))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    return done, (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "text",
    [
        "pickle.loads(data)",
        "import io; pickle.load(io.BytesIO(data))",
        "import io; pickle._Unpickler(io.BytesIO(data)).load()",
        """
        import io, numpy as np
        stream = io.BytesIO(); np.save(stream, np.array([Danger()], object), allow_pickle=True); stream.seek(0)
        np.load(stream, allow_pickle=True)
        """,
        """
        import pandas as pd
        pathlib.Path("frame.pkl").write_bytes(data)
        pd.read_pickle("frame.pkl")
        """,
    ],
)
def test_at_run_time_a_pickle_is_refused_before_anything_happens(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    done, is_harmed = run(tmp_path, text)
    assert done.returncode == 1
    assert "PickleError: a pickle asks for" in done.stderr and "convert the file" in done.stderr
    assert not is_harmed


def test_processes_may_still_talk_to_their_own_workers(tmp_path):
    done, _ = run(
        tmp_path,
        """
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            print(pool.submit(child, "a/b").result())
        """,
    )
    assert done.returncode == 0 and done.stdout == "a/b\n", done.stderr


def test_every_script_is_guarded():
    assert "forbid_pickle()" in (REPOSITORY / "src" / "rootline" / "core" / "script.py").read_text()

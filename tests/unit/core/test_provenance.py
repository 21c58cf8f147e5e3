import ast
import hashlib
import json
import subprocess
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path

import pytest

from rootline.core import provenance
from rootline.core.errors import UserError
from rootline.core.files import sha256, write_json
from rootline.core.provenance import LIBRARIES, describe_run, git_state, library_versions, package_version

SOURCE = Path(__file__).resolve().parents[3] / "src"
CALLED = {"cupy": "cupy-cuda13x", "sklearn": "scikit-learn", "umap": "umap-learn"}
"""Libraries that are installed under another name than they are imported by."""

CHANGES_NOTHING = {
    "deflate": "inflates to the bytes that zlib gives",
    "pydantic_core": "each pydantic wants one version of it",
    "typer": "reads command lines",
    "yaml": "reads configs, which a provenance holds resolved",
}


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "code.py").write_text("x = 1\n")
    (folder / ".gitignore").write_text("results\n")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    return folder


def test_a_run_is_described_without_paths_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "images.parquet").write_bytes(b"abc")
    inputs = {"keys": tmp_path / "in" / "images.parquet", "images": Path("in/images.parquet")}
    run = describe_run({"train": {"beta": 4.0}}, inputs, 7, "cpu")
    digest = sha256(tmp_path / "in" / "images.parquet")
    assert run["inputs"] == {
        "images": {"file": "in/images.parquet", "sha256": digest},
        "keys": {"file": "images.parquet", "sha256": digest},
    }
    assert (run["config"], run["seed"], run["device"]) == ({"train": {"beta": 4.0}}, 7, "cpu")
    assert run["package"] == "rootline"
    assert run["python"].startswith("3.")
    assert datetime.fromisoformat(run["date"]).tzinfo is not None
    write_json(tmp_path / "provenance.json", run)
    assert str(tmp_path) not in (tmp_path / "provenance.json").read_text()


def test_thousands_of_files_under_one_name_have_one_checksum_which_sha256sum_gives(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [f"models/{run:08x}/config.yaml" for run in range(2000)]
    for name in names:
        Path(name).parent.mkdir(parents=True)
        Path(name).write_text(name)
    inputs = {"models/*/config.yaml": [Path(name) for name in names]}
    found = describe_run({}, inputs, None, "cpu")["inputs"]
    printed = subprocess.run(["sha256sum", *names], check=True, capture_output=True).stdout
    assert found == {"models/*/config.yaml": {"file": "2000 files", "sha256": hashlib.sha256(printed).hexdigest()}}
    Path(names[7]).write_text("changed")
    assert describe_run({}, inputs, None, "cpu")["inputs"] != found
    Path(names[7]).unlink()
    with pytest.raises(UserError, match=r"00000007/config\.yaml: input models/\*/config\.yaml cannot be read"):
        describe_run({}, inputs, None, "cpu")


def test_versions_are_those_that_are_installed():
    assert library_versions()["numpy"] == metadata.version("numpy")
    assert library_versions()["scikit-learn"] == metadata.version("scikit-learn")


def imported_libraries():
    """Name what the package imports and neither Python nor the package itself brings."""
    names = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"rootline"}


def test_each_library_that_is_imported_is_in_the_provenance_or_changes_nothing():
    imported = imported_libraries()
    assert {"numpy", "onnxruntime", "pythia8mc", "skl2onnx"} <= imported
    listed = {name for name in imported if CALLED.get(name, name) in LIBRARIES}
    assert imported - listed == set(CHANGES_NOTHING), "add it to LIBRARIES, or say here why its version does not matter"


def test_a_library_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(provenance, "LIBRARIES", ("numpy", "pythia8mc-of-nobody"))
    assert set(library_versions()) == {"numpy"}


def test_the_version_is_that_of_the_project_beside_the_source(tmp_path, monkeypatch):
    source = tmp_path / "src" / "rootline" / "core" / "provenance.py"
    monkeypatch.setattr(provenance, "_SOURCE", source)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "rootline"\nversion = "9.8.7"\n')
    assert package_version() == "9.8.7"
    # A site-packages folder inside someone else's project.
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "1.0"\n')
    assert package_version() != "1.0"


def test_an_input_that_is_not_there_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="input images cannot be read for its checksum .No such file"):
        describe_run({}, {"images": tmp_path / "a.safetensors"}, None, "cpu")


def test_a_clean_repository_gives_its_commit(repository):
    state = git_state(repository / "src" / "code.py")
    head = subprocess.run(["git", "-C", repository, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert state == {"commit": head.stdout.strip(), "clean": True, "note": None}


@pytest.mark.parametrize(
    ("name", "is_clean"),
    [("src/code.py", False), ("src/new.py", False), ("results", True)],
)
def test_changed_and_new_files_are_not_clean_but_ignored_ones_are(repository, name, is_clean):
    (repository / name).write_text("x = 2\n")
    assert git_state(repository / "src" / "code.py")["clean"] is is_clean


def test_the_state_is_read_without_a_lock_and_without_the_callers_git(repository, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    (repository / ".git" / "index.lock").touch()
    assert git_state(repository / "src" / "code.py")["clean"] is True


def test_why_there_is_no_commit_is_said_in_words(tmp_path, repository, monkeypatch):
    (tmp_path / "code.py").write_text("")
    assert git_state(tmp_path / "code.py") == {
        "commit": None,
        "clean": None,
        "note": "the source is in no git repository",
    }
    (repository / "src" / "new.py").write_text("")
    assert git_state(repository / "src" / "new.py")["note"] == "the repository around the source does not track it"
    git(tmp_path, "init", "young")
    (tmp_path / "young" / "code.py").write_text("")
    git(tmp_path / "young", "add", ".")
    assert git_state(tmp_path / "young" / "code.py")["note"] == "the repository has no commit yet"
    monkeypatch.setenv("PATH", "")
    assert git_state(repository / "src" / "code.py")["note"] == "git is not installed"


def test_only_the_date_differs_between_two_descriptions():
    one, two = (describe_run({"b": 1, "a": 2}, {}, 1, "cpu") for _ in range(2))
    del one["date"], two["date"]
    assert json.dumps(one) == json.dumps(two)


def test_code_that_was_sent_without_its_repository_keeps_its_commit(monkeypatch):
    state = {"commit": "0" * 40, "clean": True, "note": None}
    monkeypatch.setenv(provenance.GIT_VARIABLE, json.dumps(state))
    assert provenance.describe_run({}, {}, None, "cpu")["git"] == state

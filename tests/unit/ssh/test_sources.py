import shutil
import subprocess

import pytest

from rootline.ssh.sources import collect_code


@pytest.fixture
def checkout(tmp_path):
    for name in (
        "Snakefile",
        "pyproject.toml",
        "src/pkg/one.py",
        "workflow/rules/a.smk",
        "config/config.yaml",
        "data/x.root",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def git(folder, *words):
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


CODE = ("Snakefile", "pyproject.toml", "src/pkg/one.py", "workflow/rules/a.smk")


def test_code_of_a_checkout_without_git_is_its_source_folders_and_no_data(checkout):
    (checkout / "src" / "pkg" / "__pycache__").mkdir()
    (checkout / "src" / "pkg" / "__pycache__" / "one.py").touch()
    (checkout / "src" / "pkg" / "big.root").touch()
    assert collect_code(checkout).files == CODE


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_code_is_what_git_tracks_and_what_was_changed(checkout):
    git(checkout, "init")
    (checkout / ".gitignore").write_text("ignored.py\n")
    git(checkout, "add", "Snakefile", "pyproject.toml", "src", "workflow")
    before = collect_code(checkout)
    assert before.files == CODE
    (checkout / "src" / "pkg" / "new.py").write_text("new")
    (checkout / "src" / "pkg" / "ignored.py").write_text("ignored")
    (checkout / "src" / "pkg" / "events.root").write_text("somebody's data")
    (checkout / "workflow" / "rules" / "a.smk").unlink()
    after = collect_code(checkout)
    assert after.files == ("Snakefile", "pyproject.toml", "src/pkg/new.py", "src/pkg/one.py")
    assert after.digest != before.digest


def test_the_digest_follows_the_content_and_not_the_time(checkout):
    first = collect_code(checkout).digest
    (checkout / "src" / "pkg" / "one.py").write_text("src/pkg/one.py")
    assert collect_code(checkout).digest == first
    (checkout / "src" / "pkg" / "one.py").write_text("changed")
    assert collect_code(checkout).digest != first

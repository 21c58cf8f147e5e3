import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootline.core.errors import UserError
from rootline.core.shells import UNSAFE, check_handed_on, check_project_folder


@pytest.mark.parametrize("folder", ["/home/me/root line", "/é/'\"$(x)`;&", "/-a"])
def test_a_project_may_lie_in_an_odd_folder(folder):
    check_project_folder(Path(folder))


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("/a:b", "'/a:b', holds :, which separates folders in PYTHONPATH; rename it or move the project"),
        ("/{a}", "holds { or }, which Snakemake takes for a wildcard"),
        ("/a<b>", "holds <, which Snakemake takes for a variable"),
        ("/a\nb", r"'/a\\nb', holds a line break"),
    ],
)
def test_a_folder_that_jobs_would_not_start_from_is_refused(folder, message):
    with pytest.raises(UserError, match=message):
        check_project_folder(Path(folder))


def test_names_that_a_shell_would_read_are_listed_with_what_they_are():
    names = {f"a{sign}": "the input file" for sign in sorted(UNSAFE)} | {"a b;c&": "the input file", "x\ny": "--config"}
    with pytest.raises(UserError) as error:
        check_handed_on(names)
    lines = str(error.value).splitlines()
    assert len([line for line in lines if line.startswith("  the input file ")]) == 5
    assert "  and 1 more" in lines and "a b;c&" not in str(error.value)
    assert lines[-1].startswith("Rename them: no single or double quote, $, backtick, backslash or line break; or run")


def test_the_python_of_a_cluster_lies_where_no_quotes_are_needed():
    check_handed_on({}, program="/home/me/root-line_2/.venv/bin/python3.12")
    with pytest.raises(UserError, match="the Python '/my env/bin/python'; .* which holds ' '; move the environment"):
        check_handed_on({}, program="/my env/bin/python")


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9)


@given(st.lists(PRINTABLE.filter(UNSAFE.isdisjoint), min_size=1))
def test_what_is_let_through_is_read_alike_by_python_and_by_a_shell_within_double_quotes(names):
    check_handed_on(dict.fromkeys(names, "the input file"))
    assert shlex.split(" ".join(map(repr, names))) == names  # how Snakemake writes names into the command of a job
    wrapped = " ".join(f'"{name}"' for name in names)  # how the plugins of SLURM and of cluster-sync do
    said = subprocess.run(["sh", "-c", f"printf '%s\\n' {wrapped}"], capture_output=True, check=True)
    assert said.stdout.decode().split("\n") == [*names, ""]

"""`make verify`: what it says and how it ends."""

import re
import shutil

import pytest
import typer
from tests.unit.core.test_digests import keep, make_results
from typer.testing import CliRunner

from rootline import verify
from rootline.core.digests import DIGESTS_FILE
from rootline.core.errors import UserError


@pytest.fixture
def results(tmp_path):
    return make_results(tmp_path / "study")


def run_verify(*arguments):
    app = typer.Typer()
    app.command()(verify.main)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_verify_of_an_untouched_folder_succeeds(results):
    done = run_verify(results)
    assert done.exit_code == 0, done.output
    assert "Everything is the same." in done.output
    assert re.search(r"tracks +1 +0 +0", done.output)


def test_verify_says_what_is_wrong_and_what_else_differs_in_the_origin(results):
    (results / "tracks" / "a.parquet").write_text("another")
    done = run_verify(results)
    assert done.exit_code == 1
    assert "differs: tracks/a.parquet" in done.output
    assert "1 of 4 files are not the same." in done.output
    assert f"commit {'a' * 40}, here " in done.output and "Python 3.12.1, here " in done.output


def test_many_files_that_differ_are_counted(results):
    many = [f"analysis/{number}.parquet" for number in range(30)]
    (results / "analysis").mkdir()
    for name in many:
        (results / name).write_text(name)
    keep(results, *many)
    shutil.rmtree(results / "analysis")
    assert "... and 10 more" in run_verify(results).output


def test_results_are_compared_with_those_of_another_group(results, tmp_path):
    other = tmp_path / "theirs"
    shutil.copytree(results, other)
    (other / "runs.tsv").write_text("another run")
    keep(other, "runs.tsv")
    done = run_verify(results, "--against", other / DIGESTS_FILE)
    assert done.exit_code == 1 and "differs: runs.tsv" in done.output


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="no such folder; name that of a study"):
        verify.main(tmp_path / "nothing")

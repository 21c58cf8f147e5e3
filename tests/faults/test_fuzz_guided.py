"""Readers of texts and tables under inputs that are led by the code that they reach."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from tests.checkout import REPOSITORY


@pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris is not installed; it has wheels for Linux on x86-64 only"
)
def test_inputs_led_by_the_code_make_no_reader_fail(tmp_path, start, how_many):
    seconds = how_many(5, 3600)
    paths = [str(REPOSITORY), str(REPOSITORY / "src")]
    fuzzing = start(
        [sys.executable, "-m", "tests.faults.guided", str(tmp_path), str(seconds)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = fuzzing.communicate(timeout=seconds + 300)
    assert fuzzing.returncode == 0, said[-4000:]
    (runs,) = re.findall(r"Done (\d+) runs", said)
    assert int(runs) > how_many(100, 10_000)

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from rootline.core.errors import UserError
from rootline.core.obstacles import describe_full_disks, describe_lock, refuse_unwritable


def test_a_folder_that_can_be_written_or_will_be_made_is_no_obstacle(tmp_path):
    refuse_unwritable([tmp_path, tmp_path / "not yet"])
    assert describe_full_disks([tmp_path, tmp_path / "not yet"]) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; tests/faults mounts a read-only disk")
def test_a_folder_of_somebody_else_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="nothing can be written there.*name another folder as `results`"):
        refuse_unwritable([tmp_path])


def test_a_lock_that_nobody_holds_is_told_with_the_command_that_clears_it(tmp_path):
    told = describe_lock(tmp_path, ["--profile", "profiles/default", "--configfile", "my analysis.yaml"])
    assert "no snakemake works here" in told
    command = told.splitlines()[-1]
    assert shlex.split(command) == [
        "snakemake", "--profile", "profiles/default", "--configfile", "my analysis.yaml", "--unlock",
    ]  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="other processes are found in /proc")
def test_a_lock_that_is_held_names_the_process_and_no_command(tmp_path, start):
    script = tmp_path / "snakemake"  # its name is what it is found by
    script.write_text("import time\nprint(flush=True)\ntime.sleep(60)\n")
    process = start([sys.executable, str(script)], cwd=tmp_path)
    deadline = time.monotonic() + 30
    while f"(process {process.pid})" not in (told := describe_lock(tmp_path, [])) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert f"(process {process.pid})" in told
    assert "Wait until it has ended" in told and "--unlock" not in told

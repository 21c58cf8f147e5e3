import subprocess
import sys

from rootline.core.jobs import is_alive, name_run


def test_the_jobs_of_a_run_see_when_its_process_is_gone():
    assert is_alive(name_run())
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert not is_alive(f"{process.pid}.0123")


def test_a_job_that_was_started_by_hand_belongs_to_no_run_and_goes_on():
    assert is_alive("")

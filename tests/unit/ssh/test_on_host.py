"""The program that runs on a host, as a process of this machine that talks through pipes."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rootline.ssh import on_host
from rootline.ssh.on_host import MARK

# It stands for Snakemake: a module that writes a log, an output and a checkpoint, and shows a line.
JOB = """
import os, pathlib, signal, sys, time
pathlib.Path("results").mkdir(exist_ok=True)
with open("logs/job.log", "a") as log: log.write("it began\\n")
def end(number, frame):
    pathlib.Path("checkpoints/run").mkdir(parents=True, exist_ok=True)
    pathlib.Path("checkpoints/run/state").write_text("saved")
    sys.exit(3)
signal.signal(signal.SIGTERM, end)
with open(os.environ["ROOTLINE_SCREEN"], "w") as screen: screen.write("a line\\n")
pathlib.Path("results/out.txt").write_text(pathlib.Path("data/in.txt").read_text().upper())
if len(sys.argv) > 3:  # as a shell's training is: it takes no notice of what asks it to end
    import subprocess
    command = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE)
    child.stdout.readline()
    pathlib.Path(sys.argv[3]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(float(sys.argv[1]))
sys.exit(int(sys.argv[2]))
"""


class OnHost:
    def __init__(self, folder, *, seconds, code=0, child=None, lost_after_s=60.0, lock):
        self.folder = folder
        for name in ("jobs", "incoming", "code/abc", "work/w/data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "work/w/data/in.txt").write_text("text")
        (folder / "code/abc/job.py").write_text(JOB)
        order = {
            "folder": str(folder),
            "token": "job-1",
            "code": str(folder / "code/abc"),
            "work": str(folder / "work/w"),
            "inputs": ["data/in.txt"],
            "logs": ["logs/job.log"],
            "checkpoints": ["checkpoints/run"],
            "command": ["job", str(seconds), str(code), *([str(child)] if child else [])],
            "environment": {"PYTHONPATH": str(folder / "code/abc")},
            "lock": lock,
            "lost_after_s": lost_after_s,
            "stop_within_s": 10.0,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-I", on_host.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.say(json.dumps(order))

    def say(self, text):
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def events(self):
        for line in self.process.stdout:
            if line.startswith(MARK):
                yield json.loads(line.removeprefix(MARK))

    def until(self, event):
        return next(one for one in self.events() if one["event"] == event)


@pytest.fixture
def begin(tmp_path, request):
    started = []

    def start(**values):
        lock = f"test-{os.getpid()}-{abs(hash(request.node.name))}"
        started.append(OnHost(tmp_path / "host", lock=lock, **values))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.process.stdin.close()
        one.process.stdout.close()
    for file in on_host.LOCKS.glob(f"test-{os.getpid()}-*"):
        file.unlink()


def kinds(end):
    return {(file["name"], file["kind"]) for file in end["files"]}


def test_a_job_shows_its_lines_and_lists_what_it_made_with_checksums(begin):
    import hashlib

    host = begin(seconds=0)
    assert host.until("screen")["text"] == "a line"
    end = host.until("end")
    assert (end["code"], end["stopped"]) == (0, None)
    assert kinds(end) == {("logs/job.log", "log"), ("results/out.txt", "output")}
    digest = next(file["sha256"] for file in end["files"] if file["kind"] == "output")
    assert digest == hashlib.sha256(b"TEXT").hexdigest()
    assert (host.folder / "jobs/job-1/results/out.txt").is_file()
    host.say("done")
    assert host.process.wait(timeout=10) == 0
    assert not (host.folder / "jobs/job-1").exists() and (host.folder / "work/w/data/in.txt").is_file()


def test_of_a_failed_job_only_log_and_checkpoints_count(begin):
    end = begin(seconds=0, code=1).until("end")
    assert end["code"] == 1 and kinds(end) == {("logs/job.log", "log")}


def test_a_job_that_is_asked_to_stop_saves_its_state_first(begin):
    host = begin(seconds=60)
    host.until("screen")
    host.say("stop")
    end = host.until("end")
    assert (end["code"], end["stopped"]) == (3, "asked to stop")
    assert ("checkpoints/run/state", "checkpoint") in kinds(end)


@pytest.mark.parametrize("how", ["closed", "silent"])
def test_a_job_does_not_outlive_its_connection(begin, how):
    host = begin(seconds=60, lost_after_s=60.0 if how == "closed" else 2.0)
    host.until("began")
    if how == "closed":
        host.process.stdin.close()
    assert host.process.wait(timeout=30) == 0
    assert not (host.folder / "jobs/job-1").exists()


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(happened):
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end, "nothing for 20 s"
        time.sleep(0.02)


def guards_of(pid):
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found.append(entry.read_bytes().split(b"\0"))
    return [words for words in found if b"rootline-guard" in words and str(pid).encode() in words]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_where_the_program_itself_is_killed_no_process_of_its_job_is_left_and_the_place_is_free(begin, tmp_path):
    pids = tmp_path / "pids"
    host = begin(seconds=60, child=pids)
    host.until("began")
    wait_until(lambda: pids.is_file() and len(pids.read_text().split()) == 2)
    job, training = map(int, pids.read_text().split())
    assert is_running(job) and is_running(training) and guards_of(job)
    host.process.kill()
    wait_until(lambda: not is_running(job) and not is_running(training) and not guards_of(job))
    (host.folder / "jobs" / "job-1").rename(host.folder / "jobs" / "left")  # names of jobs are never used twice
    assert next(begin(seconds=0).events())["event"] == "began"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_the_guard_ends_with_the_job_it_was_there_for(begin, tmp_path):
    pids = tmp_path / "pids"
    host = begin(seconds=0, child=pids)
    end = host.until("end")
    assert (end["code"], end["stopped"]) == (0, None)
    assert not guards_of(pids.read_text().split()[0])


def test_a_place_that_another_process_has_is_busy(begin):
    first = begin(seconds=60)
    first.until("screen")
    second = begin(seconds=0)
    assert next(second.events())["event"] == "busy"
    assert second.process.wait(timeout=10) == 0


def test_folders_that_a_dead_machine_left_are_removed_and_those_in_use_are_not(tmp_path):
    import fcntl

    for name in ("jobs/old", "jobs/held", "jobs/new", "incoming/old"):
        (tmp_path / name / ".rootline").mkdir(parents=True)
        (tmp_path / name / ".rootline" / "lock").touch()
        if not name.endswith("new"):
            os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    with Path(tmp_path / "jobs/held/.rootline/lock").open() as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        on_host.prune(tmp_path, now=time.time())
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")}
    assert left == {"jobs/held", "jobs/new"}


def test_inputs_that_no_job_has_used_for_two_months_are_removed(tmp_path):
    images = tmp_path / "work/a-1/results/lartpc/images/default.safetensors"
    images.parent.mkdir(parents=True)
    images.write_bytes(b"images")
    day_s = 24 * 3600
    os.utime(images, (time.time() - 300 * day_s,) * 2)  # made long ago, sent today
    on_host.prune(tmp_path, now=time.time() + 59 * day_s)
    assert images.read_bytes() == b"images"
    on_host.prune(tmp_path, now=time.time() + 61 * day_s)
    assert not images.exists()


def test_inputs_are_looked_through_once_a_day(tmp_path, monkeypatch):
    monkeypatch.setattr(on_host, "UNUSED_INPUT_S", -1.0)
    (tmp_path / "work/a-1").mkdir(parents=True)
    for name, after_s, stays in (("first", 0, False), ("second", 3600, True), ("third", 25 * 3600, False)):
        (tmp_path / "work/a-1" / name).touch()
        on_host.prune(tmp_path, now=time.time() + after_s)
        assert (tmp_path / "work/a-1" / name).exists() is stays

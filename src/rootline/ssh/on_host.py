"""Run one job on this host and never outlive the connection: the program that the transport starts by ssh.

Only the standard library is used. It speaks in lines of JSON. In: the job
(see `Order`), then any line now and then as a sign of life, ``stop`` to end
the job, ``done`` when everything was fetched. Out: `MARK` and an event:
``busy`` (another process has the GPU), ``began``, ``screen`` (a line of the job),
``end`` (exit code, why it was stopped, and the checksums of its files).

Where the connection ends or falls silent, the job gets SIGTERM to save its
state and, after its time, SIGKILL. The GPU's lock is held until the last of
its processes is gone, by this program and by the job's Snakemake, so that
nothing joins a job that is still dying. Where this program itself is killed,
a guard beside it kills the job at once: nobody would fetch what it saves.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import queue
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

MARK: Final = "rootline-job "
OWN: Final = ".rootline"  # folder of a job for what is not the job's
OUTSIDE: Final = "outside"  # folder of a job for files that lie outside of the working folder at home
ABANDONED_S: Final = 3600.0  # a job's folder that nobody holds and that is older is left over
UNUSED_CODE_S: Final = 30 * 24 * 3600.0
UNUSED_INPUT_S: Final = 60 * 24 * 3600.0  # what is sent again where it is missing, but may be large
LOOK_AGAIN_S: Final = 24 * 3600.0  # each job of thousands would go through thousands of inputs
LOCKS: Final = Path("/tmp/rootline-gpus")  # noqa: S108 (all users of this machine must find it; nothing is read from it)
_PR_SET_CHILD_SUBREAPER: Final = 36
_END_OF_SCREEN: Final = b"\0\n"
# Waits for a word of this program; where none comes before its end, no process of the job's group may be left. Not
# PR_SET_PDEATHSIG: that ends the job's Snakemake only, and the training goes on as an orphan. A shell is there at once.
_GUARD: Final = """
read -r word && exit
kill -s KILL -- "-$1"
for try in $(seq 50); do kill -s 0 -- "-$1" || exit; sleep 0.1; done
"""


class Order(NamedTuple):
    """What to do. Paths of files are relative to the job's folder.

    `folder` is the one of hosts.yaml, `token` names the job's own below it,
    `work` is where its inputs lie (files of the working folder, and those
    outside of it). `command` are the words after ``python -m``.
    """

    folder: str
    token: str
    code: str
    work: str
    inputs: list[str]
    logs: list[str]
    checkpoints: list[str]
    command: list[str]
    environment: dict[str, str]
    lock: str
    lost_after_s: float
    stop_within_s: float


class Line:
    """The connection to the transport; a silent or broken one never blocks the job's watch."""

    def __init__(self) -> None:
        self.heard = time.monotonic()
        self.closed = False
        self.words: set[str] = set()
        self._out: queue.Queue[str] = queue.Queue(maxsize=10000)
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._speak, daemon=True).start()

    def tell(self, event: str, **values: Any) -> None:
        """Send an event; it is dropped where too many wait already."""
        with suppress(queue.Full):
            self._out.put_nowait(f"{MARK}{json.dumps({'event': event, **values})}\n")

    def is_lost(self, after_s: float) -> bool:
        """Tell whether the other end is gone."""
        return self.closed or time.monotonic() - self.heard > after_s

    def flush(self, within_s: float) -> None:
        """Wait until everything is sent."""
        end = time.monotonic() + within_s
        while self._out.unfinished_tasks and not self.closed and time.monotonic() < end:
            time.sleep(0.02)

    def _listen(self) -> None:
        for line in sys.stdin:
            self.heard = time.monotonic()
            self.words.add(line.strip())
        self.closed = True

    def _speak(self) -> None:
        while True:
            line = self._out.get()
            try:
                sys.stdout.write(line)
                sys.stdout.flush()
            except OSError:
                self.closed = True
            self._out.task_done()


def main() -> None:
    """Read an order, run its job and see to its end."""
    order = Order(**json.loads(sys.stdin.readline()))
    line = Line()
    stopped: list[str] = []
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.append("the host stops it"))
    lock = take_lock(order.lock)
    if lock is None:
        line.tell("busy")
        line.flush(order.lost_after_s)
        return
    job = Path(order.folder, "jobs", order.token)
    try:
        held = prepare(job, order)
        prune(Path(order.folder), now=time.time())
        process = start(job, order, [lock, held])
        guard = start_guard(process, [lock, held])
        line.tell("began")
        screen = threading.Thread(target=show_screen, args=(job / OWN / "screen", line), daemon=True)
        screen.start()
        code, why = watch(process, line, order, stopped)
        guard.communicate(b"the job has ended\n")
        (job / OWN / "screen").write_bytes(_END_OF_SCREEN)
        screen.join(timeout=5)
        line.tell(
            "end", code=code, stopped=why, files=describe(job, order, failed=code != 0), said=tail(job / OWN / "said")
        )
        while not (line.is_lost(order.lost_after_s) or "done" in line.words):
            time.sleep(0.05)
    finally:
        shutil.rmtree(job, ignore_errors=True)
    line.flush(1.0)
    os._exit(0)  # a thread may still wait for a line


def take_lock(name: str) -> int | None:
    """Take the lock of a GPU place, which all users of this machine share; None where another process has it."""
    with suppress(FileExistsError):
        LOCKS.mkdir()
        LOCKS.chmod(0o1777)
    file = LOCKS / f"{name}.lock"
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:  # perhaps another user's: a lock needs no permission to write
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def prepare(job: Path, order: Order) -> int:
    """Make the job's folder with its inputs, take over its checkpoints, and give the handle that marks it as in use."""
    sent = Path(order.folder, "incoming", order.token)
    if sent.is_dir():
        sent.rename(job)
    (job / OWN).mkdir(parents=True)
    held = os.open(job / OWN / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    now = time.time()
    for name in order.inputs:
        source, target = Path(order.work, name), job / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.stat().st_mtime < now:
            os.link(source, target)
        else:  # this machine's clock is behind: as a link it would be newer than what is made from it
            shutil.copyfile(source, target)
    for name in (*order.logs, *order.checkpoints):
        (job / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(job / OWN / "screen", 0o600)
    return held


def prune(folder: Path, *, now: float) -> None:
    """Remove what jobs left behind that were killed with their machine, and code and inputs that no job has used for long."""
    for left in (*folder.glob("jobs/*"), *folder.glob("incoming/*")):
        with suppress(OSError):
            if now - left.stat().st_mtime > ABANDONED_S and not _is_held(left / OWN / "lock"):
                shutil.rmtree(left, ignore_errors=True)
    for code in folder.glob("code/*"):
        with suppress(OSError):
            if now - code.stat().st_mtime > UNUSED_CODE_S:
                shutil.rmtree(code, ignore_errors=True)
    looked_through = folder / "work" / ".looked-through"
    with suppress(OSError):
        if now - looked_through.stat().st_mtime < LOOK_AGAIN_S:
            return
    with suppress(OSError):  # there are no inputs yet
        looked_through.touch()
    for sent in folder.glob("work/*/**/*"):
        with suppress(OSError):
            # Each job links its inputs, which changes the time of their inode.
            if sent.is_file() and now - sent.stat().st_ctime > UNUSED_INPUT_S:
                sent.unlink()


def _is_held(lock: Path) -> bool:
    try:
        with lock.open() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def start(job: Path, order: Order, handles: list[int]) -> subprocess.Popen[bytes]:
    """Start the job in a process group of its own, which inherits the locks."""
    with suppress(OSError, AttributeError):  # so that what the job leaves behind becomes a child of this process
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.utime(order.code)
    environment = {
        **os.environ,
        **order.environment,
        "ROOTLINE_SCREEN": str(job / OWN / "screen"),
    }
    with (job / OWN / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", *order.command],
            cwd=job,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            pass_fds=handles,
        )


def start_guard(process: subprocess.Popen[bytes], handles: list[int]) -> subprocess.Popen[bytes]:
    """Start what kills the job's process group where this program is killed, and keeps the locks until it is gone."""
    return subprocess.Popen(
        ["sh", "-c", _GUARD, "rootline-guard", str(process.pid)],
        stdin=subprocess.PIPE,  # its other end is nobody's but this program's, and closes with it
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=handles,
    )


def show_screen(pipe: Path, line: Line) -> None:
    """Pass on what the job writes for the user's screen."""
    with pipe.open("r+b", buffering=0) as stream:  # also for writing, so that it never ends
        rest = b""
        while True:
            *lines, rest = (rest + stream.read(65536)).split(b"\n")
            for text in lines:
                if text + b"\n" == _END_OF_SCREEN:
                    return
                line.tell("screen", text=text.decode(errors="replace"))


def watch(process: subprocess.Popen[bytes], line: Line, order: Order, stopped: list[str]) -> tuple[int, str | None]:
    """Wait for the job's end, or end it: give its exit code and why it was stopped, None where it was not."""
    why = None
    while process.poll() is None:
        if stopped:
            why = stopped[0]
        elif "stop" in line.words:
            why = "asked to stop"
        elif line.is_lost(order.lost_after_s):
            why = "the connection is lost"
        if why:
            break
        time.sleep(0.1)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM if why else signal.SIGKILL)
    end = time.monotonic() + order.stop_within_s
    while _is_alive(process) and time.monotonic() < end:
        time.sleep(0.1)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    while _is_alive(process):
        time.sleep(0.05)
    return process.wait(), why


def _is_alive(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether any process of the job's group is left, and bury those that have ended."""
    if process.poll() is None:
        return True
    with suppress(ChildProcessError):  # only now, or the exit code of the job itself would be lost here
        while os.waitpid(-process.pid, os.WNOHANG)[0]:
            pass
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def describe(job: Path, order: Order, *, failed: bool) -> list[dict[str, Any]]:
    """List the files that the job made, each with its kind (log, checkpoint, output) and its SHA-256.

    What a failed job made is half done: only logs and checkpoints of it count.
    """
    inputs, logs = set(order.inputs), set(order.logs)
    found = []
    for file in _files(job):
        name = file.relative_to(job).as_posix()
        if name in inputs:
            continue
        is_checkpoint = any(name.startswith(f"{folder}/") for folder in order.checkpoints)
        kind = "log" if name in logs else "checkpoint" if is_checkpoint else "output"
        if not (failed and kind == "output"):
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found.append({"name": name, "kind": kind, "sha256": digest})
    return found


def _files(job: Path) -> Iterator[Path]:
    for path in sorted(job.iterdir()):
        if path.name not in (OWN, ".snakemake"):
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if stat.S_ISREG(file.lstat().st_mode):
                    yield file


def tail(file: Path) -> str:
    """Give the end of what the job's Snakemake said, for a job that fails before it has a log."""
    return file.read_bytes()[-4000:].decode(errors="replace") if file.is_file() else ""


if __name__ == "__main__":
    main()

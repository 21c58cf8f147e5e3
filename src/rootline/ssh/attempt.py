"""One attempt to run a job at one place: send what it needs, watch it, bring back what it made."""

import json
import os
import platform
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from rootline.core.failures import START_LINE
from rootline.core.jobs import PLAN_VARIABLE, RESULTS_VARIABLE
from rootline.core.names import stable_id
from rootline.core.provenance import GIT_VARIABLE, git_state
from rootline.ssh.fitness import faults_of, wanted_of_hosts
from rootline.ssh.hosts import HostsConfig, Slot
from rootline.ssh.job import Job, path_on_host
from rootline.ssh.remote import Connection, HostLostError, HostRefusedError
from rootline.ssh.returned import LogTail, ReturnedFile, damaged, mirror_checkpoints, misplaced, put_in_place
from rootline.ssh.slots import Board
from rootline.ssh.sources import collect_code
from rootline.ssh.talk import Talk

PLACE_VARIABLE: Final = "ROOTLINE_PLACE"
"""Environment variable that tells a job's processes which place they have."""

_ON_HOST: Final = "src/rootline/ssh/on_host.py"


class BusyError(Exception):
    """Another process on the host has the GPU."""


class Outcome(NamedTuple):
    """Exit code of a job, and why it was stopped before its end, None where it was not."""

    code: int
    stopped: str | None


class Attempt:
    """One job at one place.

    Parameters
    ----------
    job, slot, hosts, board
        What is run where, and the notes that all jobs share.
    checkout : path
        The code of this machine.
    plan : path
        What the main process made of the config (`rootline.plan_file`).
    staging : path
        Folder of this attempt for what comes and goes; the caller removes it.
    show : callable
        Takes the lines of the job's screen.

    Attributes
    ----------
    began : bool
        Whether the job was started there.
    """

    def __init__(
        self,
        job: Job,
        slot: Slot,
        hosts: HostsConfig,
        board: Board,
        *,
        checkout: Path,
        plan: Path,
        staging: Path,
        show: Callable[[str], None],
    ) -> None:
        self._job, self._slot, self._hosts, self._board = job, slot, hosts, board
        self._checkout, self._plan, self._show = checkout, plan, show
        self.staging = staging
        self.began = False
        self._connection = Connection(slot.host, hosts)
        self._token = f"{job.rule}-{staging.name}"
        self._logs = {path_on_host(log): LogTail(Path(log)) for log in job.logs}
        self._checkpoints = {path_on_host(folder): Path(folder) for folder in job.checkpoints}

    def run(self, stopped: Callable[[], bool]) -> Outcome:
        """Run the job and put in place what it made; `stopped` says when the workflow wants it to end.

        Raises
        ------
        HostLostError, HostRefusedError, BusyError
            If the place, not the job, is to blame.
        """
        self.staging.mkdir(parents=True)
        host = self._slot.host.host
        # One after the other, so that the second job of a host finds the inputs that the first one sent.
        with ExitStack() as setup:
            while not setup.enter_context(self._board.lock(f"{host}.setup")):
                if stopped():
                    return Outcome(1, "stopped")
                time.sleep(0.1)
            if reason := self._board.refused(host):
                raise HostRefusedError(reason, part="known")
            if reason := self._board.down(host):
                raise HostLostError(reason)
            folder = self._folder_on_host()
            code = self._send_code(folder)
            work = self._send_inputs(folder)
        self._send_checkpoints(folder)
        order = self._order(folder, code, work)
        with Talk(self._connection, f"{code}/{_ON_HOST}", order, beat_s=self._hosts.lost_after_s / 4) as talk:
            try:
                return self._follow(talk, f"{folder}/jobs/{self._token}", stopped)
            except HostLostError as error:
                for log in self._logs.values():
                    log.append(f"---- {error}; the job goes on elsewhere ----\n".encode())
                raise

    def _folder_on_host(self) -> str:
        """Look at the host once in a workflow run, and give its folder for jobs."""
        host = self._slot.host
        found = self._board.recall(host.host, "found")
        if found is None or found["asked"] != [host.path, host.python]:
            found = {**self._connection.ask(), "asked": [host.path, host.python]}
            if faults := faults_of(host, found, wanted_of_hosts(self._checkout)):
                raise HostRefusedError("\n".join(faults.values()), part=next(iter(faults)))
            self._board.remember(host.host, "found", found)
        return str(found["folder"])

    def _send_code(self, folder: str) -> str:
        code = collect_code(self._checkout)
        target = f"{folder}/code/{code.digest}"
        if self._board.recall(self._slot.host.host, "code") != target:
            self._connection.send(self._checkout, code.files, target, by_content=True)
            self._board.remember(self._slot.host.host, "code", target)
        return target

    def _send_inputs(self, folder: str) -> str:
        here = Path.cwd()
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", here.name)
        work = f"{folder}/work/{name}-{stable_id([platform.node(), str(here)])}"
        plan = os.path.relpath(self._plan, here)
        inside = [path for path in self._job.inputs if path_on_host(path) == os.path.normpath(path)]
        self._connection.send(here, [plan, *inside], work)
        if outside := [path for path in self._job.inputs if path not in inside]:
            names = [str(Path(path).absolute()).lstrip("/") for path in map(os.path.abspath, outside)]
            self._connection.send(Path("/"), names, f"{work}/outside")
        return work

    def _send_checkpoints(self, folder: str) -> None:
        """Send what an earlier attempt has saved, into a folder that becomes the job's own."""
        there = {name: home for name, home in self._checkpoints.items() if home.is_dir()}
        copies = self.staging / "sent"
        for name, home in there.items():
            shutil.copytree(home, copies / name)
        if there:
            self._connection.send(copies, there, f"{folder}/incoming/{self._token}")

    def _order(self, folder: str, code: str, work: str) -> dict[str, Any]:
        """Say what the host's program needs to know (`rootline.ssh.on_host.Order`)."""
        slot, job = self._slot, self._job
        is_cuda = slot.host.device == "cuda"
        environment = {
            PLACE_VARIABLE: slot.name,  # for who looks at the processes of a host
            "CUDA_VISIBLE_DEVICES": slot.gpu if is_cuda else "",
            "ROOTLINE_DEVICE": slot.host.device,
            GIT_VARIABLE: json.dumps(git_state(self._checkout / "Snakefile")),
            PLAN_VARIABLE: f"{work}/{os.path.relpath(self._plan)}",
        }
        if results := os.environ.get(RESULTS_VARIABLE):
            environment[RESULTS_VARIABLE] = path_on_host(results)
        return {
            "folder": folder,
            "token": self._token,
            "code": code,
            "work": work,
            "inputs": [path_on_host(path) for path in job.inputs],
            "logs": list(self._logs),
            "checkpoints": list(self._checkpoints),
            "command": ["snakemake", "--snakefile", f"{code}/Snakefile", "--cores", str(job.threads), *job.command],
            "environment": environment,
            "lock": f"{'gpu' if is_cuda else 'cpu'}-{slot.gpu.replace('/', '-')}.{slot.place}",
            "lost_after_s": self._hosts.lost_after_s,
            "stop_within_s": self._hosts.stop_within_s,
        }

    def _follow(self, talk: Talk, folder: str, stopped: Callable[[], bool]) -> Outcome:
        """Show what the job shows and fetch what it saves, until it ends."""
        fetch_at = time.monotonic() + self._hosts.return_every_s
        while True:
            event = talk.next_event(0.2)
            if event is None:
                if stopped():
                    talk.say("stop")
                if time.monotonic() > fetch_at:
                    self._fetch_so_far(folder)
                    fetch_at = time.monotonic() + self._hosts.return_every_s
            elif event["event"] == "began":
                self.began = True
            elif event["event"] == "screen":
                self._show(event["text"])
            elif event["event"] == "busy":
                raise BusyError
            elif event["event"] == "end":
                self._bring_home(event, folder)
                talk.say("done")
                code = int(event["code"])
                return Outcome(code, event["stopped"] if code != 0 else None)

    def _fetch_so_far(self, folder: str) -> None:
        target = self.staging / "so far"
        shutil.rmtree(target, ignore_errors=True)
        self._connection.fetch(folder, [*self._logs, *self._checkpoints], target)
        for name, log in self._logs.items():
            log.append_new(target / name)
        mirror_checkpoints(target, self._checkpoints, remove=False)

    def _bring_home(self, event: dict[str, Any], folder: str) -> None:
        """Fetch, verify and put in place what the job made; of a failed one that is logs and checkpoints."""
        files = [ReturnedFile(**entry) for entry in event["files"]]
        target = self.staging / "end"
        results = Path(os.environ.get(RESULTS_VARIABLE, ""))
        if strange := misplaced(files, logs=self._logs, checkpoints=self._checkpoints, results=results):
            raise HostRefusedError(
                f"{self._slot.host.host}: returns {strange[0]!r}"
                + (f" and {len(strange) - 1} more files" if len(strange) > 1 else "")
                + f", which the job does not make; nothing of it was kept. See who else uses {self._slot.host.path} there",
                part="files",
            )
        names = [file.name for file in files]
        self._connection.fetch(folder, names, target)
        if damaged(files, target):
            self._connection.fetch(folder, names, target, by_content=True)
        if wrong := damaged(files, target):
            raise HostLostError(
                f"{self._slot.host.host}: {', '.join(wrong)} came back with another checksum than it had there, twice"
            )
        for file in files:
            if file.kind == "log":
                self._logs[file.name].append_new(target / file.name)
            elif file.kind == "output":
                put_in_place(target / file.name, file.home)
        mirror_checkpoints(target, self._checkpoints, remove=event["code"] == 0)
        if event["code"] != 0 and not event["stopped"]:
            self._explain(event["said"], target)

    def _explain(self, said: str, target: Path) -> None:
        """Put into the log what the job's Snakemake said, where the job itself came to say nothing."""
        for name, log in self._logs.items():
            fetched = target / name
            if not fetched.is_file() or START_LINE not in fetched.read_text(errors="replace"):
                log.append(f"{START_LINE}\n{said}".encode())

"""Bring one job to a GPU of a host and its results back; go on elsewhere where a host fails."""

import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Final

from rootline.core.errors import UserError
from rootline.core.failures import ERROR_PREFIX, START_LINE
from rootline.core.jobs import PLAN_VARIABLE, RUN_VARIABLE, is_alive
from rootline.core.names import stable_id
from rootline.ssh.attempt import Attempt, BusyError, Outcome
from rootline.ssh.hosts import HostsConfig, Slot, find_hosts_file, list_slots, read_hosts
from rootline.ssh.job import Job, read_job
from rootline.ssh.remote import HostLostError, HostRefusedError
from rootline.ssh.slots import Board, notes_folder

LOSSES: Final = 5
"""Times that a host may go while it runs one job, before it counts as failed: perhaps it is the job that takes the hosts down."""

_LOOK_AGAIN_S: Final = 0.5
_SPEAK_EVERY_S: Final = 60.0
_BUSY_S: Final = 10.0


class Stopped:
    """Tells whether the workflow wants this job to end: a signal came, or what started it is gone.

    Parameters
    ----------
    run : str
        Name of the workflow run (`rootline.core.jobs.name_run`).
    """

    def __init__(self, run: str) -> None:
        self._run, self._parent, self._signalled = run, os.getppid(), False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def __call__(self) -> bool:
        """Look whether it is so now."""
        # Snakemake kills the shell between itself and this process; killed itself, it leaves that shell alone.
        return self._signalled or os.getppid() != self._parent or not is_alive(self._run)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True


def run_job(script: Path, checkout: Path) -> int:
    """Run the job of a job script on one of the hosts of hosts.yaml.

    Returns
    -------
    int
        Exit code for Snakemake: 0 where the job's outputs are in place.
    """
    run = os.environ.get(RUN_VARIABLE, "")
    stopped = Stopped(run)
    try:
        job = read_job(script)
    except UserError as error:
        say(f"{ERROR_PREFIX}{error}")
        return 1
    try:
        hosts = read_hosts(find_hosts_file(checkout))
        board = Board(notes_folder(), run=run)
        plan = Path(os.environ[PLAN_VARIABLE])
        outcome = Transport(job, hosts, board, checkout=checkout, plan=plan, stopped=stopped).run()
    except UserError as error:
        blame(job, str(error))
        return 1
    return outcome.code if outcome.stopped is None else 1


class Transport:
    """One job on its way: the places that it may take, and what became of it there."""

    def __init__(
        self, job: Job, hosts: HostsConfig, board: Board, *, checkout: Path, plan: Path, stopped: Callable[[], bool]
    ) -> None:
        self._job, self._hosts, self._board, self._stopped = job, hosts, board, stopped
        self._checkout, self._plan = checkout, plan
        self._slots = list_slots(hosts)
        self._busy_until: dict[Slot, float] = {}
        self._losses: list[str] = []

    def run(self) -> Outcome:
        """Run the job on one place after the other until it ends by itself or the workflow stops it.

        Raises
        ------
        UserError
            If no host can be used, with the reason for each.
        """
        key = stable_id([str(Path.cwd()), self._job.rule, self._job.wildcards], digits=16)
        # A job that was stopped may still be returning its checkpoint while the next run starts it again.
        with ExitStack() as stack:
            while not stack.enter_context(self._board.lock(key)):
                if self._stopped():
                    return Outcome(1, "stopped")
                time.sleep(_LOOK_AGAIN_S)
            while True:
                with ExitStack() as holding:
                    slot = self._wait_for_place(holding)
                    if slot is None:
                        return Outcome(1, "stopped")
                    outcome = self._try(slot)
                if outcome is not None:
                    return outcome

    def _try(self, slot: Slot) -> Outcome | None:
        """Run the job at one place; None where the place, not the job, is to blame."""
        host = slot.host.host
        attempt = Attempt(
            self._job,
            slot,
            self._hosts,
            self._board,
            checkout=self._checkout,
            plan=self._plan,
            staging=Path(".snakemake", "rootline", "returned", secrets.token_hex(6)),
            show=lambda text: say(f"[{slot.name}] {text}"),
        )
        try:
            outcome = attempt.run(self._stopped)
        except BusyError:
            self._busy_until[slot] = time.monotonic() + _BUSY_S
            return None
        except HostRefusedError as error:
            if self._board.refuse(host, str(error)):
                say(f"{error}\n  (no job goes to {host} in this run)")
            return None
        except HostLostError as error:
            self._lost(slot, str(error), with_job=attempt.began)
            return None
        finally:
            shutil.rmtree(attempt.staging, ignore_errors=True)
        if outcome.stopped is not None and not self._stopped():
            self._lost(slot, f"{host}: {outcome.stopped}", with_job=True)
            return None
        return outcome

    def _lost(self, slot: Slot, reason: str, *, with_job: bool) -> None:
        self._losses += [reason] * with_job
        self._board.forget(slot.host.host, "found", "code")
        wait_s = self._hosts.retry_host_s
        if self._board.mark_down(slot.host.host, reason, for_s=wait_s):
            say(f"{reason}\n  (jobs go to the other hosts; {slot.host.host} is tried again in {wait_s:.0f} s)")
        if len(self._losses) >= LOSSES:
            raise UserError(
                f"{self._job.name}: lost its host {LOSSES} times; perhaps the job itself takes them down, look at their "
                "memory:\n" + "\n".join(f"  {loss}" for loss in self._losses)
            )

    def _wait_for_place(self, holding: ExitStack) -> Slot | None:
        """Hold a free place of a host that is not down; None where the workflow stops meanwhile."""
        since = time.monotonic()
        while not self._stopped():
            usable = [slot for slot in self._slots if not self._why_not(slot.host.host)]
            now = time.monotonic()
            for slot in self._board.choose([slot for slot in usable if self._busy_until.get(slot, 0.0) <= now]):
                if holding.enter_context(self._board.hold(slot)):
                    return slot
            if usable:
                since = now
            else:
                self._complain(now - since)
            time.sleep(_LOOK_AGAIN_S)
        return None

    def _why_not(self, host: str) -> str | None:
        return self._board.refused(host) or self._board.down(host)

    def _complain(self, waited_s: float) -> None:
        """Say that no host can be used; fail where waiting does not help or took long enough."""
        names = [entry.host for entry in self._hosts.hosts]
        reasons = "\n".join(f"  {self._why_not(name) or f'{name}: is tried again now'}" for name in names)
        if all(self._board.refused(name) for name in names):
            raise UserError(f"no host of hosts.yaml can be used; `make hosts-check` shows each:\n{reasons}")
        if waited_s > 60 * self._hosts.give_up_after_min:
            raise UserError(
                f"no host of hosts.yaml could be used for {waited_s / 60:.3g} minutes (give_up_after_min):\n{reasons}"
            )
        # All jobs wait together; one of them speaks.
        with self._board.lock("speaker") as mine:
            last = self._board.recall("all", "spoken")
            if mine and (last is None or time.time() - float(last) > _SPEAK_EVERY_S):
                self._board.remember("all", "spoken", time.time())
                say(f"Waiting for a host: none of hosts.yaml can be used now.\n{reasons}")


def say(text: str) -> None:
    """Show lines on the user's screen."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def blame(job: Job, reason: str) -> None:
    """Say why a job failed without having run, on the screen and in its log, which the closing words quote."""
    say(f"{ERROR_PREFIX}{reason}")
    for log in map(Path, job.logs):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"{START_LINE}\n{ERROR_PREFIX}{reason}\n")

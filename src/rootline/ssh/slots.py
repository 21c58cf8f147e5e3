"""Which place on which GPU a job gets: one lock file per place, shared by every Snakemake of this user here."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rootline.core.errors import UserError
from rootline.core.files import parse_json, write_json
from rootline.core.names import stable_id
from rootline.ssh.hosts import Slot


class Board:
    """Notes that all transports of this user share: who has which place, which host is down or was refused.

    Parameters
    ----------
    folder : path
        Where the notes lie.
    run : str
        One workflow run; a host that was refused is refused until its end.
    """

    def __init__(self, folder: Path, *, run: str) -> None:
        self._folder, self._run = folder, run

    @contextmanager
    def hold(self, slot: Slot) -> Iterator[bool]:
        """Hold a place; yields False where another transport has it."""
        with self.lock(f"{slot.host.host}.{slot.gpu}.{slot.place}") as held:
            yield held

    @contextmanager
    def lock(self, name: str) -> Iterator[bool]:
        """Hold the lock of a name until the block or this process ends; yields False where another one has it."""
        with self._file(name, "lock").open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def choose(self, slots: Sequence[Slot]) -> list[Slot]:
        """Order free places so that the host with the fewest busy ones comes first, then as they are listed."""
        busy = {slot for slot in slots if self._is_held(slot)}
        load = {slot.host.host: sum(other.host == slot.host for other in busy) for slot in slots}
        places = {slot.host.host: sum(other.host == slot.host for other in slots) for slot in slots}
        free = [slot for slot in slots if slot not in busy]
        return sorted(free, key=lambda slot: (slot.place, load[slot.host.host] / places[slot.host.host]))

    def _is_held(self, slot: Slot) -> bool:
        with self.hold(slot) as held:
            return not held

    def mark_down(self, host: str, reason: str, *, for_s: float) -> bool:
        """Note that a host does not answer; give whether that is news."""
        news = self.down(host) is None
        write_json(self._file(host, "down"), {"until": time.time() + for_s, "reason": reason})
        return news

    def down(self, host: str) -> str | None:
        """Give why a host is left alone for now, None where it is not."""
        note = self._note(host, "down")
        return str(note["reason"]) if note and note["until"] > time.time() else None

    def refuse(self, host: str, reason: str) -> bool:
        """Note that a host cannot be used in this run; give whether that is news."""
        news = self.refused(host) is None
        write_json(self._file(host, "refused"), {"run": self._run, "reason": reason})
        return news

    def refused(self, host: str) -> str | None:
        """Give why a host cannot be used in this run, None where it can."""
        note = self._note(host, "refused")
        return str(note["reason"]) if note and note["run"] == self._run else None

    def remember(self, host: str, what: str, value: Any) -> None:
        """Keep what was found out about a host for the other jobs of this run."""
        write_json(self._file(host, what), {"run": self._run, "value": value})

    def recall(self, host: str, what: str) -> Any:
        """Give what a job of this run found out about a host, None for nothing."""
        note = self._note(host, what)
        return note["value"] if note and note["run"] == self._run else None

    def forget(self, host: str, *kinds: str) -> None:
        """Drop what was found out about a host, which may come back another one."""
        for kind in kinds:
            self._file(host, kind).unlink(missing_ok=True)

    def _note(self, host: str, kind: str) -> dict[str, Any] | None:
        with suppress(OSError, ValueError, TypeError):
            return dict(parse_json(self._file(host, kind)))
        return None

    def _file(self, name: str, kind: str) -> Path:
        return self._folder / f"{stable_id(name, digits=16)}.{kind}"


def notes_folder() -> Path:
    """Give the folder of the notes, made for this user alone.

    Raises
    ------
    UserError
        If somebody else made it.
    """
    folder = Path(tempfile.gettempdir(), f"rootline-ssh-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or folder.is_symlink():
        raise UserError(f"{folder}: belongs to somebody else; set TMPDIR to a folder of yours")
    return folder

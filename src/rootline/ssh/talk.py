"""The connection to the program beside a job on a host (`rootline.ssh.on_host`)."""

import json
import queue
import subprocess
import threading
from contextlib import suppress
from typing import IO, Any, Self

from rootline.ssh.on_host import MARK
from rootline.ssh.remote import Connection, HostLostError, connection_error


class Talk:
    """An order and signs of life there, events back.

    Parameters
    ----------
    connection : Connection
        How to reach the host.
    program : str
        Path of the program there.
    order : dict
        What it is to do (`rootline.ssh.on_host.Order`).
    beat_s : float
        Time from one sign of life to the next [s].
    """

    def __init__(self, connection: Connection, program: str, order: dict[str, Any], *, beat_s: float) -> None:
        self._host = connection.host.host
        # In a session of its own: Ctrl-C is for the transport, which lets the job save its state first.
        self._ssh = subprocess.Popen(
            connection.python("-I", program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._errors: list[str] = []
        self._ended = threading.Event()
        self._writing = threading.Lock()
        self.say(json.dumps(order))
        for work in (self._hear, self._hear_errors, lambda: self._live(beat_s)):
            threading.Thread(target=work, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the line, at which the program on the host ends, and ssh with it."""
        self._ended.set()
        with suppress(OSError):
            _pipe(self._ssh.stdin).close()
        try:
            self._ssh.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._ssh.kill()
            self._ssh.wait()

    def say(self, text: str) -> None:
        """Send one line; a line that cannot be sent shows as the end of the events."""
        with suppress(OSError), self._writing:
            data = f"{text}\n".encode()
            while data:
                data = data[_pipe(self._ssh.stdin).write(data) or 0 :]

    def next_event(self, timeout_s: float) -> dict[str, Any] | None:
        """Give the next event, None where there is none in time.

        Raises
        ------
        HostLostError, HostRefusedError
            If the connection has ended.
        """
        with suppress(queue.Empty):
            event = self._events.get(timeout=timeout_s)
            if event is not None:
                return event
            self._ssh.wait()
            said = "".join(self._errors)
            if self._ssh.returncode == 255:
                raise connection_error(self._host, said)
            last = (said.strip() or "it said nothing").splitlines()[-1]
            raise HostLostError(f"{self._host}: the program there ended with exit code {self._ssh.returncode} ({last})")
        return None

    def _hear(self) -> None:
        for line in _pipe(self._ssh.stdout):
            text = line.decode(errors="replace")
            if text.startswith(MARK):
                self._events.put(json.loads(text.removeprefix(MARK)))
        self._events.put(None)

    def _hear_errors(self) -> None:
        for line in _pipe(self._ssh.stderr):
            self._errors.append(line.decode(errors="replace"))
            del self._errors[:-50]

    def _live(self, beat_s: float) -> None:
        while not self._ended.wait(beat_s):
            self.say("alive")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the process was started with pipes")
    return stream

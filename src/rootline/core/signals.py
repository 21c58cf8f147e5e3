"""Signals that ask a program to end, held back while ending at once would lose work.

SIGTERM comes from `kill`, from a scheduler that cancels a job, and at a time
limit; SIGINT from Ctrl-C; SIGUSR1 from SLURM as the warning before a limit
(``--signal=USR1@120``).
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

END_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


@contextmanager
def hold_signals() -> Iterator[Callable[[], None]]:
    """Let a signal that asks for the end wait until the function that is yielded here is called.

    That function raises ``SystemExit(128 + signal)`` if one has come. A signal
    that comes after its last call takes its usual course after the block.
    What nobody may catch (SIGKILL) is not held.

    SIGUSR1 is held even where the parent ignores it, which is how a parent
    keeps it from ending all else (``trap '' USR1``); an ignored SIGINT, that of
    a shell's background job, stays ignored. In a thread, which may not catch
    signals, nothing is held.
    """
    came: list[int] = []

    def end_if_asked() -> None:
        if came:
            raise SystemExit(128 + came[0])

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        ignored = [number for number in (signal.SIGINT,) if signal.getsignal(number) is signal.SIG_IGN]
        before = {number: signal.signal(number, note) for number in END_SIGNALS if number not in ignored}
    try:
        yield end_if_asked
    except BaseException:
        came.clear()  # the end has begun, nothing more to ask for
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if came:
            signal.raise_signal(came[0])


def signal_name(error: BaseException) -> str | None:
    """Give the name of the signal that ended a block of `hold_signals`, None where it was none."""
    code = error.code if isinstance(error, SystemExit) else None
    return signal.Signals(code - 128).name if isinstance(code, int) and code - 128 in END_SIGNALS else None

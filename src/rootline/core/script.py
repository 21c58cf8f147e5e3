"""How a workflow script starts and how it fails."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import typer

from rootline.core.errors import UserError
from rootline.core.failures import ERROR_PREFIX, START_LINE
from rootline.core.memory import keep_freed_memory
from rootline.core.no_pickle import forbid_pickle
from rootline.core.refusals import describe_refusal
from rootline.core.screen import SCREEN_FD, tell

LONGEST: Final = 1000
"""Characters of an unexpected failure on the screen."""


def run_script(main: Callable[..., Any]) -> None:
    """Run `main` with its command-line arguments and exit.

    A `UserError` becomes its own text on the screen and exit code 1, what the
    operating system refuses becomes a sentence with its remedy; anything else
    that goes wrong becomes one line that names the log. The traceback
    goes to standard error, which the workflow keeps in the job's log.
    """
    if SCREEN_FD in os.environ:  # then standard error is a log to which every attempt is appended
        with suppress(OSError):  # the log's disk is full; whether the work needs more of it will show
            sys.stderr.write(f"{START_LINE}\n")
            sys.stderr.flush()
    forbid_pickle()
    keep_freed_memory()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    try:
        app()
    except UserError as error:
        if SCREEN_FD in os.environ:  # by hand, standard error is the screen
            _keep_traceback()
        tell(f"{ERROR_PREFIX}{error}")
    except Exception as error:  # noqa: BLE001 (whatever it is, the user's screen gets a line)
        _keep_traceback()
        said = str(error)
        if len(said) > LONGEST:  # that of an exporter held a whole forest
            said = f"{said[:LONGEST]} ..."
        unexpected = f"{type(error).__name__}: {said} (an unexpected failure; the log has its traceback)"
        tell(f"{ERROR_PREFIX}{describe_refusal(error) or unexpected}")
    else:
        return
    sys.exit(1)


def _keep_traceback() -> None:
    with suppress(OSError):  # a log on a full disk takes none, and the screen must get its line all the same
        traceback.print_exc()

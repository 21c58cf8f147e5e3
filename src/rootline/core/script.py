"""How a workflow script starts and how it fails."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer

from rootline.core.errors import UserError
from rootline.core.failures import ERROR_PREFIX, START_LINE
from rootline.core.no_pickle import forbid_pickle
from rootline.core.screen import SCREEN_FD, tell


def run_script(main: Callable[..., Any]) -> None:
    """Run `main` with its command-line arguments and exit.

    A `UserError` becomes its own text on the screen and exit code 1; anything
    else that goes wrong becomes one line that names the log. The traceback
    goes to standard error, which the workflow keeps in the job's log.
    """
    if SCREEN_FD in os.environ:  # then standard error is a log to which every attempt is appended
        sys.stderr.write(f"{START_LINE}\n")
        sys.stderr.flush()
    forbid_pickle()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    try:
        app()
    except UserError as error:
        if SCREEN_FD in os.environ:  # by hand, standard error is the screen
            traceback.print_exc()
        tell(f"{ERROR_PREFIX}{error}")
    except Exception as error:  # noqa: BLE001 (whatever it is, the user's screen gets a line)
        traceback.print_exc()
        tell(f"{ERROR_PREFIX}{type(error).__name__}: {error} (an unexpected failure; the log has its traceback)")
    else:
        return
    sys.exit(1)

"""Folders and files whose names a run can stand, before its first job.

The rules quote every name for the shell that runs a job. Snakemake itself does
not where it writes the command of a job that another program starts: Python's
`repr` and double quotes stand for a shell's quoting there, so that a ``$(...)``
in the name of a file is run.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rootline.core.errors import UserError
from rootline.core.names import odd_sign

UNSAFE: Final = frozenset("'\"$`\\")
"""Signs that a shell reads within double quotes, or that `repr` writes in another way than a shell reads them."""

_SHOWN: Final = 5


def check_project_folder(folder: Path) -> None:
    """Refuse a folder of the project from which jobs would not start, or would find another one's code.

    Raises
    ------
    UserError
    """
    text = str(folder)
    fault = f"holds {os.pathsep}, which separates folders in PYTHONPATH" if os.pathsep in text else odd_sign(text)
    if fault:
        raise UserError(f"the folder of the project, {text!r}, {fault}; rename it or move the project")


def check_handed_on(names: Mapping[str, str], *, program: str = "") -> None:
    """Refuse names that would not reach the jobs which another program starts.

    Parameters
    ----------
    names : mapping
        Name or path, to what it is.
    program : str
        Path of the Python that Snakemake starts there, which it does not quote at all; empty where it takes another one.

    Raises
    ------
    UserError
        Naming them, and the rule.
    """
    wrong = [f"  {what} {name!r}" for name, what in names.items() if UNSAFE & set(name) or not name.isprintable()]
    if wrong:
        more = [f"  and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        raise UserError(
            "with this profile a cluster or another machine starts the jobs, and these names would not reach them unharmed:\n"
            + "\n".join([*wrong[:_SHOWN], *more])
            + "\nRename them: no single or double quote, $, backtick, backslash or line break; or run here, with "
            "profiles/default"
        )
    if program and (found := sorted({sign for sign in program if not (sign.isalnum() or sign in "/._-+")})):
        raise UserError(
            f"with this profile a cluster starts the jobs, with the Python {program!r}; Snakemake does not quote that path, "
            f"which holds {' '.join(map(repr, found))}; move the environment to a folder with letters, digits and /._-+ alone"
        )

"""
What the rules of every study share: where things lie, how a job starts, and what makes a result stale.
"""

import contextlib
import functools
import os
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
SOURCE = ROOT / "src"
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path.insert(0, str(SOURCE))
# Jobs find the interpreter and the package of this very checkout, whether or not an
# environment is activated or another checkout is installed in it.
os.environ.update(
    PATH=os.pathsep.join(
        [os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)]
    ),
    PYTHONPATH=str(SOURCE),
    SCRIPTS=str(SCRIPTS),
)

from snakemake.exceptions import WorkflowError

from rootline.core.config import read_yaml
from rootline.core.errors import UserError
from rootline.core.files import is_remote, write_text
from rootline.core.fingerprint import fingerprint as fingerprint_script
from rootline.core.names import stable_id
from rootline.core.sweeps import SO_FAR
from rootline.studies import opened

# The user's screen stays open beside the log (rootline.core.screen); on another machine it is a pipe to
# that screen. Numba keeps to the rule's threads as OMP, MKL and OpenBLAS do, which Snakemake sets. The
# shell outlives a SIGTERM, so that the job ends when its script has ended, which may still be saving its state.
shell.prefix(
    "set -euo pipefail; trap : TERM;"
    ' if [ -p "${{ROOTLINE_SCREEN:-}}" ]; then exec 3> "$ROOTLINE_SCREEN"; else exec 3>&2; fi;'
    " export ROOTLINE_SCREEN_FD=3 NUMBA_NUM_THREADS=$OMP_NUM_THREADS; "
)


class told_by_snakemake(contextlib.AbstractContextManager):
    """
    Let Snakemake end with the text of a user's error, which it would show with a traceback.
    """

    def __exit__(self, kind, error, traceback):
        if isinstance(error, UserError):
            raise WorkflowError(str(error)) from None


def fingerprint(script):
    """
    Hash the logic of a script and of all project modules that it imports.
    """
    with told_by_snakemake():
        return fingerprint_script(
            (SCRIPTS / script).with_suffix(".py"), [SOURCE], opened().trees
        )


def size_mb(files):
    """
    Give the size of files together [MiB]; input.size_mb takes a millisecond, which thousands of runs feel.
    """
    return sum(os.path.getsize(file) for file in files) / 2**20


def text_file(name, text):
    """
    Keep a text in a file that is named by its content, for a rule whose command line it would be too long for.
    """
    path = Path(".snakemake/rootline") / f"{stable_id(text)}-{name}"
    if not path.is_file():
        write_text(path, text)
    return str(path)


@functools.cache
def members_of(sweep):
    """
    Give the runs of a sweep of the study and those left out: none, or with `_so_far` those that have no MODEL_FILE yet.
    """
    if sweep in STUDY.sweeps:
        return {"runs": STUDY.sweeps[sweep], "missing": ()}
    name = sweep.removesuffix(SO_FAR)
    members = STUDY.sweeps[name]
    trained = {each for each in members if os.path.isfile(MODEL_FILE.format(run=each))}
    if not trained:
        raise WorkflowError(f"no run of the sweep {name} is trained yet")
    return {
        "runs": [each for each in members if each in trained],
        "missing": [each for each in members if each not in trained],
    }


def members_of_sweep(wildcards):
    """
    Give the runs of the wildcard's sweep, and those left out.
    """
    return members_of(wildcards.sweep)


def no_such_run(run, results):
    """
    Word what a run that nobody configured is missing; Snakemake shows it as a missing input.
    """
    return f"run {run} in this config and its sweeps ({results}/runs.tsv lists those there are)"


def named(option, values):
    """
    Give an option of a script once for each value.
    """
    return [word for value in values for word in (option, value)]


def in_order(name):
    """
    Label a result of the report, which sorts by label, with its place in the study's READING_ORDER.
    """
    for results in READING_ORDER.values():
        if name in results:
            return {"result": f"{results.index(name) + 1:02d} {name}"}
    return {"result": name}

"""Snakemake with the shipped SLURM profile, as a user starts it, and what its jobs do meanwhile."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.checkout import Checkout, Outcome
from tests.engines.processes import scripts_here
from tests.engines.slurm_cluster import wait_until

# The dummy GPUs are none that torch could use, and a real one of this machine is none of theirs.
ENVIRONMENT = {"ROOTLINE_DEVICE": "cpu"}
# The plugin looks at its jobs seldom, for the good of a real cluster; on ours nobody is disturbed.
IMPATIENT = ("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "5")
END_S = 600.0
GPU_SCRIPTS = ("train_model.py", "encode_tracks.py", "train_classifier.py")


class SlurmRun:
    """One Snakemake in a process group of its own; as a context it is ended on the way out."""

    def __init__(
        self,
        study: Checkout,
        *arguments: str,
        profile: str = "profiles/slurm",
        impatient: tuple[str, ...] = IMPATIENT,
    ) -> None:
        self._study = study
        self._screen = study.folder / f"screen-{time.time_ns()}.txt"
        # Groups ask for as many cores as the submitting machine has, which is not the same everywhere.
        command = [sys.executable, "-m", "snakemake", "--profile", profile, "--cores", "8", *impatient, *arguments]
        with self._screen.open("w") as screen:
            self._process = subprocess.Popen(
                command,
                cwd=study.folder,
                env={**os.environ, **ENVIRONMENT},
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=screen,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGKILL)
            self._process.wait()

    @property
    def text(self) -> str:
        """What it has said so far."""
        return self._screen.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal as the terminal does: to the whole process group."""
        os.killpg(self._process.pid, number)

    def wait(self, timeout_s: float = END_S) -> Outcome:
        """Wait until it ends by itself."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no end after {timeout_s:.0f} s\n{self.text}") from None
        return Outcome(self._process.returncode, self.text)

    def wait_for(self, happened, what: str, timeout_s: float = 120.0) -> None:
        """Wait until something happened, but not longer than it runs."""

        def checked() -> bool:
            done = happened()
            assert done or self._process.poll() is None, f"ended before {what}\n{self.text}"
            return done

        wait_until(checked, what, timeout_s, lambda: f"\n{self.text}")

    def checkpoint_of(self, run: str) -> None:
        """Wait until a training has saved its state."""
        file = self._study.results / "checkpoints" / run / "checkpoint.safetensors"
        self.wait_for(file.is_file, f"a checkpoint of {run}")


def model_of(study: Checkout, run: str) -> Path:
    return study.results / "models" / run / "model.safetensors"


def target_of(run: str) -> str:
    """What Snakemake is asked for to train one run."""
    return f"results/lartpc/models/{run}/model.safetensors"


def training_log(study: Checkout, run: str) -> str:
    return (study.results / "logs" / "train_model" / f"{run}.log").read_text()


class GpuWatch:
    """Look many times a second which jobs have which GPU, as their own processes see it.

    As a context; `used` then holds every GPU that a job had, `shared` every set of
    jobs that had one GPU at one time, `doubled` every run that was trained twice
    at one time.
    """

    def __init__(self) -> None:
        self.used: set[tuple[str, str]] = set()
        self.shared: set[frozenset[str]] = set()
        self.doubled: set[str] = set()
        self.processes_on_one = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.2):
            jobs: dict[tuple[str, str], list[str]] = {}
            trained: list[str] = []
            for _, node, device, job, run in gpu_processes():
                jobs.setdefault((node, device), []).append(job)
                trained += [run] if run else []
            self.doubled |= {run for run in trained if trained.count(run) > 1}
            self.used |= set(jobs)
            self.shared |= {frozenset(ids) for ids in jobs.values() if len(set(ids)) > 1}
            self.processes_on_one = max([self.processes_on_one, *(len(ids) for ids in jobs.values())])


def gpu_processes() -> Iterator[tuple[int, str, str, str, str]]:
    """Give process id, node, GPUs and job of each script that runs in SLURM, and the run if it is a training."""
    for script in scripts_here():
        if Path(script.words[1]).name not in GPU_SCRIPTS:
            continue
        run = script.words[script.words.index("--run") + 1] if "--run" in script.words else ""
        names = ("SLURMD_NODENAME", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID")
        with contextlib.suppress(KeyError):
            node, device, job = (script.variables[name] for name in names)
            yield script.pid, node, device, job, run

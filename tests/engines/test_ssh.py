"""GPU jobs on machines that are reached by SSH: two real sshd, each with a network, files and processes of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from tests.checkout import REPOSITORY, TINY, Checkout, copy_checkout
from tests.engines.packages import need
from tests.engines.ssh_hosts import Host, Lab

pytestmark = pytest.mark.engines

MODEL = "models/{}/model.safetensors"
LONG = 300  # epochs: a training of many seconds, to be interrupted


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> Iterator[Lab]:
    need("ssh")
    built = Lab(tmp_path_factory.mktemp("two machines"))
    try:
        built.build()
        yield built
    finally:
        built.remove()


@pytest.fixture
def lab(machines) -> Iterator[Lab]:
    """The two machines, which are as they were at first when the test ends."""
    yield machines
    for host in machines.hosts:
        host.plug_in()
        if host.extra or host.process is None or host.process.poll() is not None:
            host.extra = ""
            host.kill()
            host.start()
    machines.know(*machines.hosts)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Checkout:
    """The tiny study with its sweep and one long training, run on this machine alone on ROOT files of its user."""
    folder = tmp_path_factory.mktemp("here") / "rootline"
    copy_checkout(REPOSITORY, folder)
    study = Checkout(folder)
    study.write_config(TINY)
    outcome = study.snakemake("lartpc_input")
    assert outcome.returncode == 0, outcome.text
    (folder / "results" / "lartpc" / "input").rename(folder / "data")
    shutil.rmtree(folder / "results")
    roles = {"protons": "proton\ttrain", "kaons": "kaon\theld_out", "references": "kaon_reference\treference"}
    rows = [f"{name}\t{role}\tdata/{name}.root" for name, role in roles.items()]
    (folder / "samples.tsv").write_text("\n".join(["sample\tparticle\trole\tpath", *rows]) + "\n")
    study.change("lartpc.input", {"samples": "samples.tsv", "beamline": "data/beamline.csv", "reco": "data/reco.csv"})
    study.change("lartpc.reference", {"events": "data/reference_events.csv"})
    (folder / "long.yaml").write_text(yaml.safe_dump({"grid": {"train.epochs": [LONG], "train.patience": [LONG]}}))
    study.change("lartpc.sweeps", ["config/sweeps/resampling.yaml", "long.yaml"])
    outcome = study.snakemake("results/lartpc/runs.tsv")
    assert outcome.returncode == 0, outcome.text
    targets = [*files_of(study, "resampling", "latents/{}.parquet"), *files_of(study, "long", MODEL)]
    outcome = study.snakemake(*targets)
    assert outcome.returncode == 0, outcome.text
    return study


def files_of(study: Checkout, sweep: str, file: str) -> list[str]:
    """Name a file of every run of a sweep."""
    rows = [row.split("\t") for row in (study.results / "runs.tsv").read_text().splitlines()[1:]]
    return [f"results/lartpc/{file.format(run)}" for run, sweeps, *_ in rows if sweep in sweeps.split(",")]


@pytest.fixture
def study(local, tmp_path) -> Checkout:
    """A copy of that study before anything was trained, in a folder with a blank."""
    folder = tmp_path / "my work" / "rootline"
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", str(local.folder), str(folder)], check=True)
    for name in ("models", "latents", "logs/train_model", "logs/encode_tracks"):
        shutil.rmtree(folder / "results" / "lartpc" / name)
    return Checkout(folder)


def write_hosts(study: Checkout, lab: Lab, names: str = "gpu1 gpu2", **changes: object) -> None:
    """Write hosts.yaml of impatient tests; what `changes` names under a host's name is for that host."""
    each = {"path": "/srv/gpu jobs", "python": sys.executable, "gpus": 2, "device": "cpu"}
    hosts = [{"host": name, **each, **changes.pop(name, {})} for name in names.split()]
    patience = {"return_every_s": 1, "lost_after_s": 4, "retry_host_s": 3, "stop_within_s": 20}
    text = yaml.safe_dump({"hosts": hosts, "ssh_config": str(lab.config), **patience, **changes})
    (study.folder / "profiles" / "ssh-multigpu" / "hosts.yaml").write_text(text)


class Running:
    """A Snakemake that works with the profile; `text` is what it has shown so far."""

    def __init__(self, study: Checkout, *arguments: str, cwd: Path | None = None) -> None:
        self._screen = study.folder / f"screen {time.monotonic_ns()}"
        # Every epoch may be saved, and a failure is one.
        often = ["--set-resources", "train_model:checkpoint_minutes=0", "--retries", "0"]
        command = [sys.executable, "-m", "snakemake", "--profile", str(study.folder / "profiles" / "ssh-multigpu")]
        with self._screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [*command, "--cores", "2", *often, *arguments],
                cwd=cwd or study.folder,
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=screen,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self._screen.read_text(errors="replace")

    def end(self) -> int:
        return self.process.wait(timeout=300)

    def until(self, true: Callable[[], object], what: str, *, within_s: float = 120) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + within_s
        while not true():
            assert time.monotonic() < deadline, f"{what}: not within {within_s} s\n{self.text}"
            time.sleep(0.1)


@pytest.fixture
def start(study) -> Iterator[Callable[..., Running]]:
    """Start Snakemake; what still runs when the test ends is killed, with the transports that it started."""
    started: list[Running] = []

    def begin(*arguments: str, cwd: Path | None = None) -> Running:
        started.append(Running(study, *arguments, cwd=cwd))
        return started[-1]

    yield begin
    for running in started:
        with suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()


def assert_same_files(ours: Path, theirs: Path, *folders: str) -> None:
    """Compare all files but those that tell where and when."""
    compared = 0
    for folder in folders:
        for path in sorted((ours / folder).rglob("*")):
            if path.is_file() and not path.name.endswith("provenance.json"):
                assert path.read_bytes() == (theirs / path.relative_to(ours)).read_bytes(), path
                compared += 1
    assert compared


def jobs_on(host: Host) -> list[str]:
    return [line for line in host.processes() if "snakemake" in line or "workflow/scripts" in line]


class Places(threading.Thread):
    """Look, while it runs, which place each script of a job has: the machines' processes are visible from here."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.used: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.2):
            seen: Counter[str] = Counter()
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    words = (process / "cmdline").read_bytes().split(b"\0")
                    if words[0].endswith(b"python") and b"/workflow/scripts/" in words[1]:
                        place = re.search(rb"ROOTLINE_PLACE=([^\0]+)", (process / "environ").read_bytes())
                        if place:
                            seen[place[1].decode()] += 1
            self.used.update(seen)
            self.most |= seen


def test_a_sweep_uses_every_place_once_at_a_time_and_gives_the_same_bytes(lab, local, study, start, tmp_path):
    write_hosts(study, lab)
    # Another working folder than the checkout, and results in a third place.
    folder, results = tmp_path / "another folder", tmp_path / "large disk" / "results"
    folder.mkdir()
    for name in ("data", "samples.tsv", "config", "long.yaml"):
        (study.folder / name).rename(folder / name)
    results.parent.mkdir()
    (study.folder / "results").rename(results)
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    (folder / "my.yaml").write_text(yaml.safe_dump({**config, "results": str(results)}))
    targets = [str(tmp_path / "large disk" / file) for file in files_of(local, "resampling", "latents/{}.parquet")]
    (results / "lartpc" / "runs.tsv").unlink()
    places = Places()
    places.start()
    running = start(
        *["--snakefile", str(study.folder / "Snakefile"), *targets, str(results / "lartpc" / "runs.tsv")],
        *["--configfile", "my.yaml"],
        cwd=folder,
    )
    assert running.end() == 0, running.text
    places.ended.set()
    assert set(places.used) == {f"{host} cpu {number}" for host in ("gpu1", "gpu2") for number in (0, 1)}
    assert set(places.most.values()) == {1}, places.most
    assert "[gpu2 cpu 1]   train_model " in running.text, running.text
    # The table of runs needs no GPU: it was made here, without a second Snakemake.
    assert "localrule write_runs" in running.text or "Writing the table of runs" in running.text
    runs = [Path(target).stem for target in targets]
    assert_same_files(results / "lartpc", local.results, "latents", *(f"models/{run}" for run in runs))
    logs = [(results / "lartpc" / "logs" / "train_model" / f"{run}.log").read_text() for run in runs]
    assert all("---- start ----" in log and "2 of at most 2 epochs" in log for log in logs)
    assert not list(folder.glob(".snakemake/rootline/returned/*"))
    for host in lab.hosts:
        assert not jobs_on(host)
        assert host.sh("ls -A '/srv/gpu jobs/jobs' '/srv/gpu jobs/incoming'").split("\n")[1] == ""
        assert "data" not in host.sh("find /srv -name '*.root' -o -name samples.tsv -o -name '*.csv'")

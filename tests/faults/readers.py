"""Every reader of files of the user or of an earlier run, each with a file that it takes."""

import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from rootline.config import read_config
from rootline.core.config import parse_config, read_yaml
from rootline.core.digests import read_manifest
from rootline.core.errors import UserError
from rootline.core.failures import describe_failures
from rootline.core.files import ContentIds
from rootline.core.runs import write_run
from rootline.core.samples import read_samples
from rootline.core.slurm import describe_end, find_queued
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.curves import read_curve
from rootline.lartpc.events import locate_event, parse_event_name
from rootline.lartpc.reference_files import read_event_list, read_hand_choice
from rootline.lartpc.runs import RunConfig, read_run
from rootline.lartpc.sidefiles import read_beamline, read_loglikelihood, read_reco
from rootline.plan_file import Plan, read_plan, write_plan
from rootline.ssh.environment import read_lock
from rootline.ssh.hosts import list_slots, read_hosts
from rootline.ssh.job import read_job
from rootline.studies import plan_studies

MEMORY_BYTES = 256 << 20
"""What a reader may take for a file of some kilobytes."""
TIME_S = 20.0
"""A hang takes longer; a ROOT file that sends its reader in circles stops at Python's limit of calls, after seconds."""

REPOSITORY = Path(__file__).resolve().parents[2]


class Reader(NamedTuple):
    """How a kind of file is read.

    Attributes
    ----------
    file : str
        The name that it has.
    valid : bytes
        One that is whole.
    read : function
        Under test.
    names_file : bool
        Whether its errors name the file; not so where the user knows the content by another name.
    """

    file: str
    valid: bytes
    read: Callable[[Path], object]
    names_file: bool = True


def read_or_explain(reader: Reader, content: bytes, folder: Path) -> None:
    """Let the reader give a result, or a UserError that names the file, with bounded time and memory."""
    path = folder / reader.file
    path.write_bytes(content)
    explained = None
    started = time.process_time()
    with bounded_memory():
        try:
            reader.read(path)
        except UserError as error:
            explained = str(error)
    seconds = time.process_time() - started
    assert seconds < TIME_S, f"{seconds:.1f} s for {len(content)} bytes"
    assert explained is None or not reader.names_file or path.name in explained, f"{path.name} is not in: {explained}"


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Let an allocation fail that takes this process above what it has now and `MEMORY_BYTES`; on Linux alone."""
    if sys.platform != "linux":
        yield
        return
    gc.collect(0)
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + MEMORY_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _config(path: Path) -> object:
    return read_config(read_yaml(path), source=path.name)


def _sweep(path: Path) -> object:
    sweep = parse_config(read_yaml(path), SweepConfig, source=path.name)
    points = 1
    for values in sweep.grid.values():
        points *= len(values)
    if points * max(1, len(sweep.seeds)) > 10_000:
        return None  # as asked for
    return expand_sweep(sweep, RunConfig(), source=path.name)


def _samples(path: Path) -> object:
    if b"**" in path.read_bytes():
        return None  # goes through a whole disk, as asked for
    for name in ("p.root", "k 1.root"):
        Path(name).touch()
    return read_samples(path, roles=("train", "held_out"), sharing=("held_out",))


CANDIDATES = pd.DataFrame(
    [("refs", 9, 0, event, track) for event in (1, 2, 3) for track in (0, 2)], columns=list(TRACK_KEY)
)


def _hand_choice(path: Path) -> object:
    return read_hand_choice(path, CANDIDATES, samples=["refs"], listed=None)


LISTED = pd.DataFrame(
    {"sample": "protons", "run": 6000, "subrun": 1, "event": range(1, 9), "entry": range(8), "path": "event.txt"}
)


def _event_name(path: Path) -> object:
    name = path.read_bytes().decode("utf-8", "surrogateescape")
    return locate_event(parse_event_name(name, ["protons", "kaons"]), LISTED, LISTED)


def _content_ids(path: Path) -> object:
    """A memory that only saves time must never be in the way."""
    other = Path("other.txt")
    other.write_text("x")
    return ContentIds(path).of(other)


def _failures(path: Path) -> object:
    return describe_failures(str(path))


def _queue(path: Path) -> object:
    """What squeue prints, by a program of that name."""
    programs = path.parent / "programs"
    programs.mkdir(exist_ok=True)
    squeue = programs / "squeue"
    if not squeue.exists():
        squeue.write_text(f"#!/bin/sh\nexec cat '{path.resolve()}'\n")
        squeue.chmod(0o755)
    search = os.environ["PATH"]
    os.environ["PATH"] = f"{programs.resolve()}{os.pathsep}{search}"
    try:
        return find_queued(Path("/home/ana/work"))
    finally:
        os.environ["PATH"] = search


def _end_of_job(path: Path) -> object:
    return describe_end(path.read_bytes().decode("utf-8", "replace"), rule="train_model")


def curve_text() -> bytes:
    """Write a curve of a stopping particle."""
    ranges = [round(0.05 * step, 2) for step in range(1, 41)]
    return ("# cm, MeV/cm\n" + "".join(f"{r}, {20 / r**0.42:.3f}\n" for r in ranges)).encode()


def written_by(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        result = write(path)
        return (result if isinstance(result, Path) else path).read_bytes()


def _plan() -> Plan:
    config = read_config({}, source="none")
    return Plan(config, plan_studies({"lartpc": config.lartpc}, results="results", shipped=Path()))


CONFIG = b"""# yaml-language-server: $schema=schema.json
studies: [lartpc]
results: results
lartpc:
  train: {epochs: 50, patience: 10, lr: 1e-3}
  images: &images
    size: 48
    resampling: area
  model:
    latent_dim: 8
    channels: [32, 64]
  cuts:
    train: {height_min: 12, collection: {}}
"""

SWEEP = b"""grid:
  images.size: [16, 48]
  model.channels: [[32, 64], [32, 64, 128]]
  train.beta: [0.5, 1, 1e1]
rows:
  - {train.beta: 7}
seeds: [0, 1]
exclude:
  - {images.size: 16, train.beta: [1, 10]}
"""

SAMPLES = b"sample\tparticle\trole\tpath\ttree\n" + b"".join(
    line + b"\n"
    for line in (
        b"# ours",
        b"protons\tproton\ttrain\tp.root\tana/raw",
        b"kaons\tkaon\theld_out\tk*.root\t",
        b"far\tkaon\theld_out\troot://host//store/k.root\t",
    )
)

BEAMLINE = (
    b"run,subrun,event,p,m,beamline_mass\n6000,1,1,1,0,938.2\n6000,1,2,,,\n6000,1,1,1,0,938.2\n6000,2,3,0,1,nan\n"
)
RECO = (
    b'run,subrun,event,trkrr,trkdedx\n6000,1,1,0.35;0.75;1.15,9.1;7.2;6.3\n6000,1,2,"",""\n6000,1,3,1.5; 2.5;,3;101\n'
)
LIKELIHOODS = b"run,subrun,event,log_likelihood_kaon,log_likelihood_proton\n6000,1,1,-12.5,-11\n6000,1,2,,-3e0\n"
EVENTS = b"# by hand\nrun,subrun,event,why\n6000,1,1,nice\n6000,1,2,\n6000,1,1,again\n"
HAND = b"run,subrun,event,track,sample\n9,0,1,2,refs\n9,0,3,0,\n"

MANIFEST = b"""{
  "files": {"tracks/protons.parquet": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "images/a.safetensors": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"},
  "origin": {"version": "0.1.0", "commit": null, "clean": true, "lock": "envs/cpu.lock", "lock_sha256": "cc",
             "python": "3.12.1", "platform": "Linux x86_64"}
}
"""

FAILED = b"""[Sat Jan 1 00:00:00 2000]
Error in rule train_model:
    message: SLURM-job '12' failed, SLURM status is: 'TIMEOUT'. Detailed failure reason unavailable.
    jobid: 29
    log: workflow.log, slurm.log (check log file(s) for error details)
    shell:
        python train_model.py
    external_jobid: 12
Trying to restart job 29.
Error in group jobs:
    message: SLURM-job '13' failed
    log: workflow.log (check log file(s) for error details)
    jobs:
        rule check_file:
            jobid: 3
[Sat Jan 1 00:00:01 2000]
Finished jobid: 3 (Rule: check_file)
Error: it ends like this
"""

SLURM_LOG = b"""sbatch: error: Batch job submission failed: Invalid account
slurmstepd-n1: error: StepId=46.0 exceeded memory limit (38 > 26), being killed
srun: error: n1: task 0: Killed
slurmstepd: error: *** JOB 3 ON n1 CANCELLED AT 2000-01-01T00:00:00 DUE TO TIME LIMIT ***
"""

JOB = b"""#!/bin/sh
# properties = {"type": "single", "rule": "train_model", "wildcards": {"run": "a1"}, "input": ["x.parquet"], "log": ["l"], \
"params": {"checkpoints": "c"}, "threads": 1}
cd /somewhere && python -m snakemake --snakefile Snakefile --cores 1 --directory /x --nocolor
"""

QUEUE = b"""12\tRUNNING\trule_train_model_wildcards_a1\t/home/ana/work
13_[1-4]\tPENDING\trule_check_file\t/home/ana/work
14\tRUNNING\t(null)\t/elsewhere
"""

LOCK = b"# all\nnumpy==2.1.0\ntorch==2.13.0 ; python_full_version < '3.14'\n"

TEXTS = {
    "config": Reader("config.yaml", CONFIG, _config),
    "sweep": Reader("sweep.yaml", SWEEP, _sweep),
    "run": Reader("run.yaml", written_by(lambda path: write_run(path, RunConfig())), read_run),
    "samples": Reader("samples.tsv", SAMPLES, _samples),
    "beamline": Reader("beamline.csv", BEAMLINE, read_beamline),
    "reco": Reader("reco.csv", RECO, read_reco),
    "loglikelihood": Reader("loglikelihood.csv", LIKELIHOODS, lambda path: read_loglikelihood([path])),
    "curve": Reader("curve.csv", curve_text(), read_curve),
    "event_list": Reader("events.csv", EVENTS, read_event_list),
    "hand_choice": Reader("choice.csv", HAND, _hand_choice),
    "event_name": Reader("event.txt", b"protons-6000-1-3", _event_name, names_file=False),
    "hosts": Reader(
        "hosts.yaml",
        (REPOSITORY / "profiles" / "ssh-multigpu" / "hosts.yaml").read_bytes(),
        lambda path: list_slots(read_hosts(path)),
    ),
    "lock": Reader("cpu.lock", LOCK, read_lock),
    "job": Reader("job.sh", JOB, read_job, names_file=False),
    "plan": Reader("plan.json", written_by(lambda path: write_plan(path.parent, _plan())), read_plan),
    "digests": Reader("digests.json", MANIFEST, read_manifest),
    "content_ids": Reader("ids.json", b'{"other.txt": [1, 2, 3, "aa"]}', _content_ids),
    "failures": Reader("workflow.log", FAILED, _failures),
    "queue": Reader("squeue.txt", QUEUE, _queue),
    "slurm_log": Reader("slurm.log", SLURM_LOG, _end_of_job),
}
"""Readers of text by name."""

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
from tests.engines.conftest import assert_same_files
from tests.engines.processes import scripts_here
from tests.engines.ssh_hosts import Host, Lab, write_hosts

MODEL = "models/{}/model.safetensors"
LONG = 300  # epochs: a training of many seconds, to be interrupted

pytestmark = pytest.mark.timeout(1800)


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
        return self.process.wait(timeout=800)

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


def jobs_on(host: Host) -> list[str]:
    return [
        line for line in host.processes() if "snakemake" in line or "workflow/scripts" in line or "on_host.py" in line
    ]


class Places(threading.Thread):
    """Look, while it runs, which place each script of a job has."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.used: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.2):
            places = (script.variables.get("ROOTLINE_PLACE") for script in scripts_here())
            seen = Counter(filter(None, places))
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
        running.until(lambda host=host: not jobs_on(host), "a host without jobs")
        assert host.sh("ls -A '/srv/gpu jobs/jobs' '/srv/gpu jobs/incoming'").split("\n")[1] == ""
        assert "data" not in host.sh("find /srv -name '*.root' -o -name samples.tsv -o -name '*.csv'")


def checkpoint_of(study: Checkout) -> Path:
    """The state of the long training as it has returned here."""
    run = Path(files_of(study, "long", "{}")[0]).name
    return study.results / "checkpoints" / run / "checkpoint.safetensors"


def assert_long_training_is_the_same(study: Checkout, local: Checkout) -> None:
    run = Path(files_of(study, "long", "{}")[0]).name
    assert_same_files(study.results, local.results, f"models/{run}")
    assert not checkpoint_of(study).parent.exists()


def test_a_job_of_a_killed_host_goes_on_elsewhere_from_its_last_checkpoint_and_costs_no_retry(lab, local, study, start):
    write_hosts(study, lab, gpu1={"gpus": 1}, gpu2={"gpus": 1})
    running = start(*files_of(study, "long", MODEL))
    running.until(checkpoint_of(study).is_file, "a checkpoint that returns")
    assert "[gpu1 cpu 0]" in running.text or jobs_on(lab.hosts[0])
    lab.hosts[0].kill()
    assert running.end() == 0, running.text
    assert "gpu1 is tried again in 3 s" in running.text
    assert re.search(r"\[gpu2 cpu 0\] +train_model \w+: goes on after epoch \d+", running.text), running.text
    assert_long_training_is_the_same(study, local)
    log = next((study.results / "logs" / "train_model").glob("*.log")).read_text()
    assert "the job goes on elsewhere ----" in log and "goes on after epoch" in log


def test_a_job_waits_while_no_host_is_up_and_uses_one_that_comes_back(lab, local, study, start):
    write_hosts(study, lab, "gpu1")
    running = start(*files_of(study, "long", MODEL))
    running.until(checkpoint_of(study).is_file, "a checkpoint that returns")
    lab.hosts[0].kill()
    running.until(lambda: "Waiting for a host" in running.text, "a line that says so")
    lab.hosts[0].start()
    assert running.end() == 0, running.text
    assert "goes on after epoch" in running.text
    assert_long_training_is_the_same(study, local)


def test_a_job_fails_with_names_and_reasons_where_no_host_comes_back_in_time(lab, study, start):
    for host in lab.hosts:
        host.kill()
    write_hosts(study, lab, give_up_after_min=0.1, retry_host_s=30)
    running = start(files_of(study, "resampling", MODEL)[0])
    assert running.end() == 1
    closing = running.text.partition("1 job failed")[2]
    assert "no host of hosts.yaml could be used for 0.1" in closing, running.text
    assert re.search(r"gpu1: .*Connection refused\n +gpu2: .*Connection refused", closing), closing


def test_a_dropped_connection_leaves_no_process_on_the_host_and_the_gpu_free(lab, local, study, start):
    write_hosts(study, lab, gpu1={"gpus": 1}, gpu2={"gpus": 1}, lost_after_s=10)
    host = lab.hosts[0]
    running = start(*files_of(study, "long", MODEL))
    running.until(checkpoint_of(study).is_file, "a checkpoint that returns")
    assert jobs_on(host)
    host.unplug()
    # 10 s of silence, and some to save the state.
    running.until(lambda: not jobs_on(host), "a host without the job", within_s=90)
    assert host.sh("flock --nonblock --no-fork /tmp/rootline-gpus/cpu-0.0.lock echo free") == "free\n"
    assert host.sh("ls '/srv/gpu jobs/jobs'") == ""
    host.plug_in()
    assert running.end() == 0, running.text
    assert_long_training_is_the_same(study, local)


def test_a_killed_program_beside_the_job_leaves_no_process_on_the_host_and_the_gpu_free(lab, local, study, start):
    write_hosts(study, lab, gpu1={"gpus": 1}, gpu2={"gpus": 1})
    host = lab.hosts[0]
    running = start(*files_of(study, "long", MODEL))
    running.until(checkpoint_of(study).is_file, "a checkpoint that returns")
    assert any("train_model.py" in line for line in jobs_on(host))
    host.sh("pkill --signal KILL --full '[o]n_host.py'")
    running.until(lambda: not jobs_on(host), "a host without the job", within_s=60)
    running.until(
        lambda: "free" in host.sh("flock --nonblock --no-fork /tmp/rootline-gpus/cpu-0.0.lock echo free || true"),
        "a free place",
        within_s=60,
    )
    assert running.end() == 0, running.text
    assert "goes on after epoch" in running.text
    assert_long_training_is_the_same(study, local)


def test_a_killed_snakemake_leaves_no_process_on_the_host_and_the_next_goes_on(lab, local, study, start):
    write_hosts(study, lab, "gpu1")
    running = start(*files_of(study, "long", MODEL))
    running.until(checkpoint_of(study).is_file, "a checkpoint that returns")
    running.process.kill()
    running.process.wait()
    running.until(lambda: not jobs_on(lab.hosts[0]), "a host without the job", within_s=30)
    assert (
        subprocess.run(
            [sys.executable, "-m", "snakemake", "--unlock"], cwd=study.folder, capture_output=True, check=False
        ).returncode
        == 0
    )
    again = start(*files_of(study, "long", MODEL))
    assert again.end() == 0, again.text
    assert "goes on after epoch" in again.text
    assert_long_training_is_the_same(study, local)


OTHER_NUMPY = """
file=$(echo {prefix}/lib/python*/site-packages/numpy-*.dist-info/METADATA)
sed 's/^Version: .*/Version: 1.0.0/' "$file" > /srv/METADATA
mount --bind /srv/METADATA "$file"
"""


def test_a_host_with_another_environment_is_refused_by_name_and_the_others_do_the_work(lab, local, study, start):
    lab.hosts[0].extra = OTHER_NUMPY.format(prefix=sys.prefix)
    lab.hosts[0].kill()
    lab.hosts[0].start()
    write_hosts(study, lab)
    first = files_of(study, "resampling", MODEL)[0]
    running = start(first)
    assert running.end() == 0, running.text
    assert re.search(
        r"gpu1: its environment is not the one of this machine: numpy 1\.0\.0 instead of [\d.]+; "
        r"ssh gpu1 '\S+python -m pip install numpy==[\d.]+'",
        running.text,
    ), running.text
    assert "no job goes to gpu1 in this run" in running.text
    assert_same_files(study.results, local.results, str(Path(first).parent.relative_to("results/lartpc")))
    # With no other host left the job fails, and the closing words say why.
    write_hosts(study, lab, "gpu1")
    alone = start(files_of(study, "resampling", MODEL)[1])
    assert alone.end() == 1
    closing = alone.text.partition("1 job failed")[2]
    assert "no host of hosts.yaml can be used" in closing and "numpy 1.0.0 instead of" in closing, alone.text


def test_a_failed_job_returns_its_log_and_the_closing_words_quote_it(lab, study, start):
    write_hosts(study, lab)
    target = files_of(study, "resampling", MODEL)[0]
    images = study.results / "images"
    for file in images.glob("*.safetensors"):
        file.write_bytes(b"no images")
    running = start(target)
    assert running.end() == 1
    run = Path(target).parent.name
    log = (study.results / "logs" / "train_model" / f"{run}.log").read_text()
    assert "---- start ----" in log and "Traceback" in log and "Error: " in log
    closing = running.text.partition("1 job failed")[2]
    assert f"logs/train_model/{run}.log" in closing and "cannot be read" in closing, running.text
    assert not (study.folder / target).exists()


def test_a_host_whose_key_is_not_known_is_refused(lab, study, start):
    lab.know(lab.hosts[0])
    before = lab.hosts[1].console.count("Accepted publickey")
    write_hosts(study, lab, "gpu2")
    running = start(files_of(study, "resampling", MODEL)[0])
    assert running.end() == 1
    assert "gpu2: its host key is not in known_hosts" in running.text.partition("1 job failed")[2], running.text
    assert lab.hosts[1].console.count("Accepted publickey") == before


SPOILING_RSYNC = r"""
cat > /srv/bin/rsync <<'SCRIPT'
#!/bin/bash
case "$*" in *--sender*)
    for file in /srv/*/jobs/*/results/lartpc/models/*/model.safetensors; do [ ! -f "$file" ] || printf x >> "$file"; done
esac
exec {rsync} "$@"
SCRIPT
chmod +x /srv/bin/rsync
"""


def test_a_file_that_is_damaged_on_its_way_is_noticed_and_the_job_runs_elsewhere(lab, local, study, start):
    lab.hosts[0].extra = SPOILING_RSYNC.replace("{rsync}", shutil.which("rsync"))
    lab.hosts[0].kill()
    lab.hosts[0].start()
    write_hosts(study, lab)
    target = files_of(study, "resampling", MODEL)[0]
    running = start(target)
    assert running.end() == 0, running.text
    assert "model.safetensors came back with another checksum than it had there, twice" in running.text, running.text
    assert_same_files(study.results, local.results, str(Path(target).parent.relative_to("results/lartpc")))


NVIDIA_SMI = r"""
cat > /srv/bin/nvidia-smi <<'SCRIPT'
#!/bin/bash
echo '0, GPU-aaaa, NVIDIA H200, 140000, 143771'
echo '1, GPU-bbbb, NVIDIA H200, 2000, 143771'
SCRIPT
chmod +x /srv/bin/nvidia-smi
"""


def hosts_check(study: Checkout) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rootline.ssh.check"],
        env={**os.environ, "PYTHONPATH": str(study.folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_hosts_check_shows_what_each_host_has_and_what_to_do(lab, study):
    lab.hosts[0].extra = NVIDIA_SMI
    lab.hosts[0].kill()
    lab.hosts[0].start()
    write_hosts(study, lab, gpu1={"device": "cuda"})
    good = hosts_check(study)
    assert good.returncode == 0, good.stdout + good.stderr
    rows = [line for line in good.stdout.splitlines() if line.startswith("gpu")]
    assert re.search(
        r"gpu1 +yes +known +yes +3\.\d+\.\d+ +\d+ as here +\d\S+ +2 of 2 NVIDIA H200 +137 GiB, 2\.0 GiB", rows[0]
    )
    assert "2 places on its CPU" in rows[1]
    assert good.stdout.endswith("2 of 2 hosts can run jobs.\n")
    lab.know(lab.hosts[0])
    write_hosts(study, lab, gpu1={"device": "cuda", "gpus": [1, 2]})
    bad = hosts_check(study)
    assert bad.returncode == 1
    assert "gpu1: has no GPU 2; there are 0 (NVIDIA H200), 1 (NVIDIA H200); correct gpus in hosts.yaml" in bad.stdout
    assert "gpu2: its host key is not in known_hosts; connect once by hand with `ssh gpu2`" in bad.stdout
    assert "0 of 2 hosts can run jobs." in bad.stdout
    lab.know(*lab.hosts)
    lab.hosts[1].kill()
    write_hosts(study, lab, gpu1={"python": "/srv/no/python"})
    bad = hosts_check(study)
    assert bad.returncode == 1
    assert "gpu1: /srv/no/python does not start there" in bad.stdout and "make env LOCK=envs/cuda.lock" in bad.stdout
    assert re.search(r"gpu2: .*Connection refused; is it switched on", bad.stdout), bad.stdout

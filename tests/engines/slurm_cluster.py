"""A real SLURM on one machine: a controller, two nodes with two dummy GPUs each, no systemd.

Everything lies in one folder except /etc/slurm/slurm.conf: the plugin's jobs
drop SLURM_CONF, and SLURM's programs then look only there.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Self

from tests.engines.packages import OURS, SLURM_CONF
from tests.engines.processes import all_processes_here, variables_in

NODES = ("gn1", "gn2")
CPUS, MEMORY_MB, GPUS = 8, 32_000, 2
"""Of each node, as SLURM believes."""
START_S = 120.0
KILL_S = 60.0
LOCK = Path(tempfile.gettempdir(), "rootline-slurm.lock")

CONF = """{ours}
ClusterName=rootline
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
SlurmdSpoolDir={folder}/%n
SlurmdParameters=config_overrides
SlurmdTimeout=15
SlurmctldTimeout=6
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
ReturnToService=2
MpiDefault=none
KillWait=10
OverTimeLimit=0
InactiveLimit=0
MinJobAge=86400
SchedulerParameters=sched_interval=2,bf_interval=2
# A job that uses more memory than it asked for is ended; looked at every second.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
{accounting}
{nodes}
PartitionName=batch Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory} Gres=gpu:fake:{gpus}"
DBD_CONF = """AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdPort={port}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""


class SlurmCluster:
    """A running cluster, as a context; `stop` ends whatever was started.

    Parameters
    ----------
    accounting : bool
        Keep a database of jobs, which `sacct` asks.
    """

    def __init__(self, *, accounting: bool = False) -> None:
        self._accounting = accounting
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._lock: IO[str] | None = None
        self.folder = Path()

    def __enter__(self) -> Self:
        self._take_slurm_conf()
        try:
            # No folder of pytest's: the user munge must be able to enter it.
            self.folder = Path(tempfile.mkdtemp(prefix="rootline-slurm-"))
            self.folder.chmod(0o755)
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, *command: str) -> str:
        """Run a command of SLURM's and give what it says."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}{self.logs()}"
        return done.stdout

    def jobs(self, *states: str) -> list[str]:
        """Ids of the jobs in these states, of all that are queued or run if none is given."""
        state = ["--states", ",".join(states)] if states else []
        return self.ask("squeue", "--noheader", "--array", "--format", "%i", *state).split()

    def job_of(self, comment: str, *, timeout_s: float = 60) -> tuple[str, str]:
        """Wait until a job whose comment ends so runs; give its id and its node."""
        found: list[tuple[str, str]] = []

        def runs() -> bool:
            lines = self.ask("squeue", "--noheader", "--states", "RUNNING", "--format", "%i %N %k").splitlines()
            found[:] = [(line.split()[0], line.split()[1]) for line in lines if line.strip().endswith(comment)]
            return bool(found)

        wait_until(runs, f"a job of {comment}", timeout_s)
        return found[0]

    def kill_node(self, name: str) -> None:
        """Take a node down as a power cut does: its daemon and every process of its jobs, at once."""
        daemon = self._daemons.pop(name)
        daemon.kill()
        daemon.wait()
        _kill_processes_of_node(name)

    def start_node(self, name: str) -> None:
        """Bring a node up, also again, and wait until it takes jobs."""
        self._daemon(name, "slurmd", "-D", "-N", name)
        wait_until(lambda: self._state_of(name) in {"idle", "mixed", "allocated"}, f"node {name}", START_S, self.logs)

    def clear(self) -> None:
        """End all jobs and have all nodes up: what a test leaves to the next one."""
        if jobs := self.jobs():
            self.ask("scancel", *jobs)
        for name in NODES:
            if name not in self._daemons:
                self.start_node(name)
        self.wait_for_no_jobs()

    def wait_for_no_jobs(self) -> None:
        """Wait until nothing is queued any more."""
        wait_until(lambda: not self.jobs(), "the end of all jobs", 120, self.logs)

    def logs(self) -> str:
        """Give the last lines of all logs, for the text of a failed test."""
        texts = []
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            texts.append(f"\n== {log.name}\n" + "\n".join(lines[-15:]))
        return "".join(texts)

    def stop(self) -> None:
        """End jobs and daemons, last started first, and remove what was written."""
        try:
            for name in NODES:
                if name in self._daemons:
                    self.kill_node(name)
        finally:
            self._remove()

    def _remove(self) -> None:
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._daemons.clear()
        if self._lock is not None:
            if SLURM_CONF.is_file() and SLURM_CONF.read_text().startswith(OURS):
                for name in (SLURM_CONF.name, "gres.conf", "slurmdbd.conf"):
                    (SLURM_CONF.parent / name).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None
        if self.folder.name:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _take_slurm_conf(self) -> None:
        """Have the only slurm.conf of this machine to ourselves; another run of these tests is waited for."""
        self._lock = LOCK.open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(
                f"Waiting for other tests on this machine, which use {SLURM_CONF} ({LOCK} is held)",
                file=sys.__stderr__,
                flush=True,
            )
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def _start(self) -> None:
        ports = _free_ports(5)
        SLURM_CONF.parent.mkdir(parents=True, exist_ok=True)
        SLURM_CONF.write_text(OURS)  # whoever looks meanwhile sees whose it is
        for device in range(GPUS):  # any character device serves: SLURM only counts them
            os.mknod(self.folder / f"nvidia{device}", 0o600 | 0o020000, os.makedev(1, 3))
        (self.folder / "state").mkdir()
        self._start_munge()
        if self._accounting:
            self._start_database(ports[3], ports[4])
        host = socket.gethostname().partition(".")[0]
        nodes = [
            NODE.format(name=name, host=host, port=port, cpus=CPUS, memory=MEMORY_MB, gpus=GPUS)
            for name, port in zip(NODES, ports[1:3], strict=True)
        ]
        accounting = (
            f"AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=127.0.0.1\nAccountingStoragePort={ports[3]}"
            f"\nAccountingStorageTRES=gres/gpu\nAccountingStoragePass={self.folder}/munge.socket"
            if self._accounting
            else "AccountingStorageType=accounting_storage/none"
        )
        (SLURM_CONF.parent / "gres.conf").write_text(
            f"{OURS}\nNodeName={','.join(NODES)} Name=gpu Type=fake File={self.folder}/nvidia[0-{GPUS - 1}]\n"
        )
        SLURM_CONF.write_text(
            CONF.format(
                ours=OURS,
                host=host,
                ports=ports,
                folder=self.folder,
                accounting=accounting,
                nodes="\n".join(nodes),
                names=",".join(NODES),
            )
        )
        self._daemon("slurmctld", "slurmctld", "-D", "-c")
        for name in NODES:
            self._daemon(name, "slurmd", "-D", "-N", name)
        for name in NODES:
            wait_until(lambda name=name: self._state_of(name) == "idle", f"node {name}", START_S, self.logs)

    def _start_munge(self) -> None:
        folder = self.folder / "munge"
        folder.mkdir()
        (folder / "key").write_bytes(os.urandom(128))
        (folder / "key").chmod(0o400)
        for path in (folder, folder / "key"):
            shutil.chown(path, "munge", "munge")
        as_munge = ("setpriv", "--reuid=munge", "--regid=munge", "--clear-groups")
        socket_path = folder / "socket"
        files = [f"--{name}-file={folder / name}" for name in ("key", "log", "pid", "seed")]
        self._daemon("munged", *as_munge, "munged", "--foreground", f"--socket={socket_path}", *files)
        wait_until(socket_path.exists, "munged", START_S, self.logs)
        (self.folder / "munge.socket").symlink_to(socket_path)

    def _start_database(self, port: int, database_port: int) -> None:
        data = self.folder / "database"
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
        ]
        subprocess.run([*install, "--skip-test-db", "--user=mysql"], check=True, capture_output=True, timeout=120)
        options = [f"--datadir={data}", f"--socket={data}/socket", f"--port={database_port}"]
        self._daemon("mariadbd", "mariadbd", "--no-defaults", *options, "--bind-address=127.0.0.1", "--user=mysql")
        query = ["mariadb", "--no-defaults", f"--socket={data}/socket", "--user=root", "--execute"]

        def answers(command: str) -> bool:
            return subprocess.run([*query, command], capture_output=True, check=False, timeout=30).returncode == 0

        wait_until(lambda: answers("select 1"), "mariadbd", START_S, self.logs)
        assert answers(
            "create user slurm@'127.0.0.1' identified by 'slurm'; create user slurm@localhost identified by 'slurm';"
            "grant all on slurm.* to slurm@'127.0.0.1'; grant all on slurm.* to slurm@localhost"
        )
        conf = SLURM_CONF.parent / "slurmdbd.conf"
        conf.touch(0o600)
        conf.write_text(DBD_CONF.format(folder=self.folder, port=port, database_port=database_port))
        self._daemon("slurmdbd", "slurmdbd", "-D")
        wait_until(lambda: _listens(port), "slurmdbd", START_S, self.logs)

    def _daemon(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out.log").open("ab") as log:
            # In a group of its own: Ctrl-C is for pytest, which then stops it.
            self._daemons[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _state_of(self, node: str) -> str:
        done = subprocess.run(
            ["sinfo", "--noheader", "--nodes", node, "--format", "%T"], capture_output=True, text=True, check=False
        )
        return done.stdout.strip().strip("*~#!%$@^-+").lower()


def wait_until(happened, what: str, timeout_s: float, explain=lambda: "") -> None:
    """Ask until it happened; fail with what was waited for."""
    end = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < end, f"waited {timeout_s:.0f} s for {what}{explain()}"
        time.sleep(0.1)


def _kill_processes_of_node(name: str) -> None:
    """Kill all that belongs to the jobs of a node, also what they start meanwhile."""
    end = time.monotonic() + KILL_S
    while victims := _processes_of_node(name):
        assert time.monotonic() < end, f"{victims} of node {name} cannot be killed"
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _processes_of_node(name: str) -> list[int]:
    """Processes of the jobs of a node, and the slurmstepd that watch over them, which do not bear its name."""
    all_processes = list(all_processes_here())
    of_jobs = {pid: job for pid, environment, _ in all_processes if (job := _job_on(environment, name))}
    watchers = [
        pid
        for pid, _, command in all_processes
        if any(command.startswith(f"slurmstepd: [{job}.".encode()) for job in set(of_jobs.values()))
    ]
    return [*watchers, *of_jobs]


def _job_on(environment: bytes, name: str) -> str:
    variables = variables_in(environment)
    return variables.get("SLURM_JOB_ID", "") if variables.get("SLURMD_NODENAME") == name else ""


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0

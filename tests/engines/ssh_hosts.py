"""Machines to reach by ssh: network namespaces with an sshd, a file system and processes of their own each."""

import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from tests.checkout import Checkout

REPOSITORY = Path(__file__).resolve().parents[2]

# Nothing is shared but the environment that Rootline runs in: what lies at home, in the project and in /tmp is hidden,
# and /etc/ssh, the home folder and /srv are the host's own.
BECOME_HOST = """
set -euo pipefail
mount --make-rprivate /
folder={folder}
mkdir -p "$folder/kept"
number=0
for path in {kept}; do
    number=$((number + 1)); mkdir -p "$folder/kept/$number"; mount --bind "$path" "$folder/kept/$number"
done
mount --bind "$folder/etc-ssh" /etc/ssh
mount --bind "$folder/passwd" /etc/passwd
mount --rbind "$folder" /mnt
for path in /run /srv {hidden}; do [ ! -d "$path" ] || mount -t tmpfs tmpfs "$path"; done
mkdir -p /run/sshd /srv/home /srv/bin
number=0
for path in {kept}; do
    number=$((number + 1)); mkdir -p "$path"; mount --bind "/mnt/kept/$number" "$path"
done
umount -l /mnt
{extra}
exec "$(command -v sshd)" -D -e
"""
SSHD_CONFIG = """
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
SetEnv PATH=/srv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""


def run(*words: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, timeout=60, **options)


def free_subnet() -> str:
    """Choose the first three numbers of addresses in the range that is kept for tests of networks."""
    used = run("ip", "-o", "-4", "address").stdout
    every = [f"198.18.{(os.getpid() + number) % 256}" for number in range(256)]
    return next(subnet for subnet in every if f" {subnet}." not in used)


@dataclass
class Host:
    """One machine; `extra` is shell code that it runs before its sshd starts."""

    name: str
    folder: Path
    number: int
    subnet: str
    extra: str = ""
    process: subprocess.Popen | None = None

    @property
    def namespace(self) -> str:
        return f"rl{os.getpid()}h{self.number}"

    @property
    def link(self) -> str:
        return f"rl{os.getpid()}v{self.number}"

    @property
    def address(self) -> str:
        return f"{self.subnet}.{4 * self.number + 2}"

    def connect(self) -> None:
        """Make the network of the machine and its key."""
        self.folder.mkdir(parents=True)
        run("ip", "netns", "add", self.namespace)
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        run("ip", "address", "add", f"{self.subnet}.{4 * self.number + 1}/30", "dev", self.link)
        run("ip", "link", "set", self.link, "up")
        for command in (f"address add {self.address}/30 dev eth0", "link set eth0 up", "link set lo up"):
            run("ip", "-n", self.namespace, *command.split())
        etc = self.folder / "etc-ssh"
        etc.mkdir()
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", etc / "host_key")
        (etc / "sshd_config").write_text(SSHD_CONFIG)
        lines = Path("/etc/passwd").read_text().splitlines()
        (self.folder / "passwd").write_text("\n".join(["root:x:0:0:root:/srv/home:/bin/bash", *lines[1:]]) + "\n")

    def start(self) -> None:
        """Boot: an empty file system of its own, and sshd as the first process."""
        kept = dict.fromkeys(os.path.realpath(path) for path in (sys.prefix, sys.base_prefix))
        hidden = [path for path in ("/tmp", str(REPOSITORY)) if path not in kept]  # noqa: S108 (nothing is made there)
        script = BECOME_HOST.format(
            folder=shlex.quote(str(self.folder)),
            kept=" ".join(map(shlex.quote, kept)),
            hidden=" ".join(map(shlex.quote, sorted(hidden))),
            extra=self.extra,
        )
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        with (self.folder / "console").open("ab") as console:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, *namespaces, "bash", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while "Server listening" not in self.console.rpartition("boot\n")[2]:
            assert self.process.poll() is None and time.monotonic() < deadline, self.console
            time.sleep(0.05)

    @property
    def console(self) -> str:
        return (self.folder / "console").read_text(errors="replace")

    def kill(self) -> None:
        """Pull the plug: every process of the machine is gone, and its files."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(timeout=30)
        self.process = None
        with (self.folder / "console").open("a") as console:
            console.write("boot\n")

    def unplug(self) -> None:
        """Take the network cable out: packets are lost, nobody is told."""
        run("ip", "link", "set", self.link, "down")

    def plug_in(self) -> None:
        run("ip", "link", "set", self.link, "up")

    def sh(self, command: str) -> str:
        """Run a command on the machine, by its console."""
        assert self.process is not None
        first = run("pgrep", "-P", self.process.pid).stdout.split()[0]
        return run("nsenter", "-t", first, "-m", "-n", "-p", "bash", "-c", command).stdout

    def processes(self) -> list[str]:
        """The command lines of all processes but sshd's and this look itself."""
        seen = self.sh("for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null; echo; done").splitlines()
        return [
            line
            for line in seen
            if line.strip() and not line.startswith(("sshd", "/usr/sbin/sshd", "bash -c for p", "tr "))
        ]

    def remove(self) -> None:
        self.kill()
        subprocess.run(["ip", "link", "delete", self.link], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "delete", self.namespace], check=False, capture_output=True)


@dataclass
class Lab:
    """Two machines, and the key and config with which this one reaches them."""

    folder: Path
    hosts: list[Host] = field(default_factory=list)

    def build(self) -> None:
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "id")
        subnet = free_subnet()
        entries = []
        for number, name in enumerate(("gpu1", "gpu2")):
            host = Host(name, self.folder / name, number, subnet)
            self.hosts.append(host)
            host.connect()
            (host.folder / "etc-ssh" / "authorized_keys").write_text((self.folder / "id.pub").read_text())
            entries.append(
                f'Host {name}\n  HostName {host.address}\n  User root\n  IdentityFile "{self.folder}/id"\n'
                f'  IdentitiesOnly yes\n  HostKeyAlias {name}\n  UserKnownHostsFile "{self.folder}/known_hosts"\n'
            )
            host.start()
        self.config.write_text("\n".join(entries))
        self.know(*self.hosts)

    @property
    def config(self) -> Path:
        return self.folder / "ssh config"

    def know(self, *hosts: Host) -> None:
        """Have the host keys of these machines, and no others, in known_hosts."""
        lines = [f"{host.name} {(host.folder / 'etc-ssh' / 'host_key.pub').read_text()}" for host in hosts]
        (self.folder / "known_hosts").write_text("".join(lines))

    def remove(self) -> None:
        for host in self.hosts:
            host.remove()


def write_hosts(study: Checkout, lab: "Lab", names: str = "gpu1 gpu2", **changes: object) -> None:
    """Write hosts.yaml of impatient tests; what `changes` names under a host's name is for that host."""
    each = {"path": "/srv/gpu jobs", "python": sys.executable, "gpus": 2, "device": "cpu"}
    hosts = [{"host": name, **each, **changes.pop(name, {})} for name in names.split()]
    patience = {"return_every_s": 1, "lost_after_s": 30, "retry_host_s": 3, "stop_within_s": 20}
    text = yaml.safe_dump({"hosts": hosts, "ssh_config": str(lab.config), **patience, **changes})
    (study.folder / "profiles" / "ssh-multigpu" / "hosts.yaml").write_text(text)

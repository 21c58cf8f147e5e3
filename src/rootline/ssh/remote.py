"""Commands to one host: ssh and rsync, with the host's key checked and nothing asked."""

import json
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rootline.core.errors import UserError
from rootline.ssh import probe
from rootline.ssh.hosts import HostConfig, HostsConfig

CONNECT_TIMEOUT_S: Final = 15
_CONNECTION_LOST: Final = frozenset({10, 12, 30, 35, 255})  # rsync: socket, protocol stream, timeouts; ssh: 255
_NOT_ALL_THERE: Final = frozenset({23, 24})  # rsync: something was missing or vanished


class HostLostError(Exception):
    """A host does not answer, or did not to the end; it may be back later."""


class HostRefusedError(Exception):
    """A host answers but cannot be used before somebody mends it; the text says how.

    `part` is what is wrong: host key, login, Python, rsync or job folder.
    """

    def __init__(self, text: str, *, part: str) -> None:
        super().__init__(text)
        self.part = part


class Connection(NamedTuple):
    """How to reach one host."""

    host: HostConfig
    options: HostsConfig

    @property
    def ssh(self) -> list[str]:
        """Words of an ssh command up to the host's name.

        The options given here win over a config file, so that a host's key
        is always checked and no question waits for an answer.
        """
        alive_s = max(1, int(self.options.lost_after_s / 3))
        config = ["-F", str(Path(self.options.ssh_config).expanduser())] if self.options.ssh_config else []
        wanted = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "yes",
            "ConnectTimeout": min(CONNECT_TIMEOUT_S, max(1, int(self.options.lost_after_s))),
            "ServerAliveInterval": alive_s,
            "ServerAliveCountMax": 3,
            "ControlMaster": "no",
            "ForwardAgent": "no",
            "ForwardX11": "no",
            "ClearAllForwardings": "yes",
        }
        return ["ssh", *config, "-T", *(word for name, value in wanted.items() for word in ("-o", f"{name}={value}"))]

    def python(self, *arguments: str) -> list[str]:
        """Give the words of an ssh command that starts the host's Python."""
        words = " ".join([_for_its_shell(self.host.python), *map(_for_its_shell, arguments)])
        return [*self.ssh, self.host.host, words]

    def ask(self) -> dict[str, Any]:
        """Have the host say what it has, as `rootline.ssh.probe` describes it.

        Raises
        ------
        HostLostError, HostRefusedError
        """
        done = self._run(self.python("-", self.host.path), stdin=Path(probe.__file__).read_text(encoding="utf-8"))
        answers = [line for line in done.stdout.splitlines() if line.startswith(probe.MARK)]
        if answers:
            return dict(json.loads(answers[-1].removeprefix(probe.MARK)))
        said = _last_line(done.stderr) or _last_line(done.stdout) or f"exit code {done.returncode}"
        if done.returncode == 255:
            raise connection_error(self.host.host, done.stderr)
        raise HostRefusedError(
            f"{self.host.host}: {self.host.python} does not start there ({said}); make the environment on {self.host.host} "
            "(in a clone of Rootline: make env LOCK=envs/cuda.lock), or correct python in hosts.yaml",
            part="Python",
        )

    def send(self, root: Path, names: Iterable[str], target: str, *, by_content: bool = False) -> None:
        """Copy files and folders below `root` into the folder `target` of the host.

        Parameters
        ----------
        root : path
            A folder of this machine.
        names : iterable of str
            Relative to `root`; they keep their folders.
        target : str
            A full path on the host.
        by_content : bool
            Compare with what is there already by checksum, not by size and time.

        Raises
        ------
        HostLostError, HostRefusedError
        """
        options = ["--checksum"] if by_content else []
        self._rsync(["-rt", *options, "--copy-links"], names, f"{root}/", f"{self.host.host}:{target}/")

    def fetch(self, root: str, names: Iterable[str], target: Path, *, by_content: bool = False) -> None:
        """Copy files and folders below `root` of the host into the folder `target`; what is missing there is left out."""
        target.mkdir(parents=True, exist_ok=True)
        options = ["--checksum"] if by_content else ["--ignore-times"]
        self._rsync(["-r", *options, "--ignore-missing-args"], names, f"{self.host.host}:{root}/", f"{target}/")

    def _rsync(self, options: Sequence[str], names: Iterable[str], source: str, target: str) -> None:
        timeout = max(5, int(self.options.lost_after_s))
        command = ["rsync", *options, "--protect-args", f"--timeout={timeout}", "--from0", "--files-from=-"]
        done = self._run(
            [*command, "--rsh", " ".join(map(_for_rsync, self.ssh)), "--", source, target], stdin="\0".join(names)
        )
        if done.returncode == 0 or (done.returncode == 24 and source.startswith(f"{self.host.host}:")):
            return
        said = _last_line(done.stderr, without="rsync error:") or f"exit code {done.returncode}"
        if done.returncode in _CONNECTION_LOST and "command not found" not in done.stderr:
            if "is your shell clean" in done.stderr:
                raise HostRefusedError(
                    f"{self.host.host}: its shell prints something before rsync can speak; remove what prints from "
                    "~/.bashrc (or the like) there, or print only in interactive shells",
                    part="rsync",
                )
            raise connection_error(self.host.host, done.stderr)
        if "command not found" in done.stderr or done.returncode == 127:
            raise HostRefusedError(f"{self.host.host}: has no rsync ({said}); install it there", part="rsync")
        raise HostRefusedError(f"{self.host.host}: rsync failed there: {said}", part="rsync")

    def _run(self, command: Sequence[str], *, stdin: str) -> subprocess.CompletedProcess[str]:
        # In a group of its own: Ctrl-C is for the transport, which still has to fetch what there is.
        try:
            return subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise UserError(
                f"{command[0]} is not installed on this machine; install openssh-client and rsync"
            ) from error


def connection_error(host: str, said: str) -> HostLostError | HostRefusedError:
    """Give the error for what ssh said when there was no connection, with what to do about it."""
    line = _last_line(said, without="rsync") or "the connection ended"
    if "Host key verification failed" in said or "HOST IDENTIFICATION HAS CHANGED" in said:
        changed = "HOST IDENTIFICATION HAS CHANGED" in said
        found = "its host key is not the one of known_hosts" if changed else "its host key is not in known_hosts"
        return HostRefusedError(
            f"{host}: {found}; connect once by hand with `ssh {host}`, and compare the fingerprint with what its "
            "administrator says before you accept it",
            part="host key",
        )
    if "Permission denied" in said:
        return HostRefusedError(
            f"{host}: it takes none of your keys ({line}); have `ssh -o BatchMode=yes {host}` work: ssh-copy-id {host}, "
            "and ssh-add where the key has a passphrase",
            part="login",
        )
    return HostLostError(f"{host}: {line}")


def _for_its_shell(word: str) -> str:
    """Quote one word for the host's shell, which still puts its home folder for a leading ~."""
    return f"~/{shlex.quote(word[2:])}" if word.startswith("~/") else shlex.quote(word)


def _for_rsync(word: str) -> str:
    """Quote one word of --rsh, which rsync splits at blanks outside of quotes; a quote within quotes is written twice."""
    doubled = word.replace("'", "''")
    return f"'{doubled}'" if any(sign in word for sign in " '\"") else word


def _last_line(text: str, *, without: str | None = None) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if without is None or not line.startswith(without)]
    return (kept or lines or [""])[-1]

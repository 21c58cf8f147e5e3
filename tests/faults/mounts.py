"""Disks of a test's own: small or read-only ones, seen by no other process and gone when the test ends."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAMS = ("unshare", "nsenter", "mount", "umount")


class OwnMounts:
    """A namespace in which mounts are a test's own; a process that sleeps holds it."""

    def __init__(self, start: Callable[..., subprocess.Popen[str]]) -> None:
        if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
            pytest.skip(f"{', '.join(missing)} not found, which make disks for this test")
        allowed = subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True, check=False
        )
        if allowed.returncode != 0:
            pytest.skip(f"only root may mount the disks of this test ({allowed.stderr.strip()})")
        self._holder = start(["unshare", "--mount", "sleep", "infinity"])
        ours = Path("/proc/self/ns/mnt").readlink()
        while Path(f"/proc/{self._holder.pid}/ns/mnt").readlink() == ours:
            time.sleep(0.01)

    def run(self, command: list[str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program that sees these mounts; standard error comes with the output."""
        return subprocess.run(
            [
                "nsenter",
                f"--mount=/proc/{self._holder.pid}/ns/mnt",
                "sh",
                "-c",
                'cd "$0" && exec "$@"',
                str(cwd),
                *command,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=600,
            check=False,
        )

    def see(self, path: Path) -> Path:
        """Give the path by which this process sees what lies under `path` there."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def move_to_small_disk(self, folder: Path, *, room: int) -> Path:
        """Put a folder with all that is in it on a disk of its own, which has room for so many bytes more.

        Returns
        -------
        Path
            A file that takes the rest; without it the disk has room again.
        """
        copy = folder.with_name(f"{folder.name} before")
        folder.rename(copy)
        folder.mkdir()
        self._do("mount", "-t", "tmpfs", "-o", "size=200m", "none", str(folder))
        self._do("cp", "-a", f"{copy}/.", str(folder))
        ballast = self.see(folder) / "ballast"
        free = shutil.disk_usage(self.see(folder)).free
        with ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, free - room)
        return ballast

    def make_read_only(self, folder: Path) -> None:
        """Let nobody write to a folder, not even root."""
        self._do("mount", "--bind", str(folder), str(folder))
        self._do("mount", "-o", "remount,bind,ro", str(folder))

    def make_writable(self, folder: Path) -> None:
        """Undo it."""
        self._do("umount", str(folder))

    def _do(self, *command: str) -> None:
        done = self.run(list(command), cwd=Path("/"))
        assert done.returncode == 0, done.stdout

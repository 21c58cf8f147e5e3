"""The machines of hosts.yaml and the places for jobs on their GPUs."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, StringConstraints, model_validator

from rootline.core.config import ConfigError, Section, parse_config, read_yaml

HOSTS_VARIABLE: Final = "ROOTLINE_HOSTS"
"""Environment variable that names another hosts.yaml than the one in profiles/ssh-multigpu."""

GpuId = Annotated[int, Field(ge=0)] | Annotated[str, StringConstraints(pattern=r"^(GPU|MIG)-[0-9A-Za-z./-]+$")]


def _as_ssh_names_it(host: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+(@[A-Za-z0-9.:_-]+)?", host) or host.startswith("-"):
        raise ValueError(
            "write it as after `ssh`: a host, user@host, or an alias of ~/.ssh/config (ports go there too)"
        )
    return host


def _from_root_or_home(path: str) -> str:
    if not path.startswith(("/", "~/")):
        raise ValueError("must be a full path on the host, beginning with / or ~/")
    if not path.isprintable():
        raise ValueError("holds a line break or another sign that cannot be printed")
    return path.rstrip("/")


RemotePath = Annotated[str, AfterValidator(_from_root_or_home)]


class HostConfig(Section):
    """One machine that runs GPU jobs."""

    host: Annotated[str, AfterValidator(_as_ssh_names_it)] = Field(
        description="As written after `ssh`: user@name, or an alias of ~/.ssh/config."
    )
    path: RemotePath = Field(description="Folder of yours on that machine for code, inputs and jobs; made if missing.")
    python: RemotePath = Field(description="Python on that machine with the packages of the same lock as here.")
    gpus: PositiveInt | Annotated[tuple[GpuId, ...], Field(min_length=1)] = Field(
        description="How many GPUs, or a list of their numbers or UUIDs as nvidia-smi -L shows them."
    )
    jobs_per_gpu: PositiveInt = Field(1, description="Jobs on one GPU at the same time.")
    device: Literal["cuda", "cpu"] = Field(
        "cuda", description="cuda refuses to train on a CPU by accident; cpu is for a machine without GPUs."
    )

    @model_validator(mode="after")
    def _gpus_are_named_once(self) -> Self:
        if len(set(self.gpu_ids)) != len(self.gpu_ids):
            raise ValueError(f"gpus of {self.host} names one twice: {', '.join(self.gpu_ids)}")
        return self

    @property
    def gpu_ids(self) -> tuple[str, ...]:
        """What CUDA_VISIBLE_DEVICES is set to, one for each GPU."""
        return tuple(map(str, range(self.gpus) if isinstance(self.gpus, int) else self.gpus))


class HostsConfig(Section):
    """Which machines run the GPU jobs, and how patient this one is with them."""

    hosts: Annotated[tuple[HostConfig, ...], Field(min_length=1)] = Field(description="One entry per machine.")
    ssh_config: str | None = Field(None, description="Config file for ssh (its -F); null for ~/.ssh/config.")
    return_every_s: PositiveFloat = Field(60, description="How often logs and checkpoints of a running job return [s].")
    lost_after_s: PositiveFloat = Field(60, description="Silence after which a connection counts as lost [s].")
    retry_host_s: PositiveFloat = Field(60, description="How long a host that did not answer is left alone [s].")
    stop_within_s: PositiveFloat = Field(
        60, description="Time that a job has to save its state when it is stopped [s]; then it is killed."
    )
    give_up_after_min: PositiveFloat = Field(
        60, description="How long to wait while no host at all can be used, before jobs fail [min]."
    )

    @model_validator(mode="after")
    def _hosts_are_named_once(self) -> Self:
        names = [entry.host for entry in self.hosts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"hosts names {', '.join(twice)} twice; give all its GPUs in one entry")
        return self


class Slot(NamedTuple):
    """A place for one job: `place` counts the jobs on one GPU from 0."""

    host: HostConfig
    gpu: str
    place: int

    @property
    def name(self) -> str:
        """How lines on the screen call it."""
        kind = "gpu" if self.host.device == "cuda" else self.host.device
        return f"{self.host.host} {kind} {self.gpu}" + (f".{self.place}" if self.host.jobs_per_gpu > 1 else "")


def find_hosts_file(checkout: Path) -> Path:
    """Name the hosts.yaml that counts: that of ROOTLINE_HOSTS, else the one beside the profile."""
    named = os.environ.get(HOSTS_VARIABLE)
    return Path(named) if named else checkout / "profiles" / "ssh-multigpu" / "hosts.yaml"


def read_hosts(file: Path) -> HostsConfig:
    """Read and check hosts.yaml.

    Raises
    ------
    ConfigError
        One line per fault: file, key, what is valid.
    """
    if not file.is_file():
        raise ConfigError(
            f"{file}: no such file; it lists the machines with GPUs, see docs/ssh.md ({HOSTS_VARIABLE} names it)"
        )
    raw: dict[str, Any] = read_yaml(file)
    return parse_config(raw, HostsConfig, source=str(file))


def list_slots(hosts: HostsConfig) -> list[Slot]:
    """List all places in the order in which they are filled: every host's first GPU, every second one, ... then doubly."""
    deepest = max(entry.jobs_per_gpu for entry in hosts.hosts)
    widest = max(len(entry.gpu_ids) for entry in hosts.hosts)
    return [
        Slot(entry, entry.gpu_ids[gpu], place)
        for place in range(deepest)
        for gpu in range(widest)
        for entry in hosts.hosts
        if place < entry.jobs_per_gpu and gpu < len(entry.gpu_ids)
    ]

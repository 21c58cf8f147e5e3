"""Packs: which runs of a sweep can be trained side by side by one job, and which of them still have to be.

No torch here: the workflow reads this before any job starts.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, TypeAdapter

from rootline.core.config import Section
from rootline.core.files import parse_json, write_text
from rootline.core.runs import describe_config, run_id
from rootline.lartpc.runs import RunConfig

SHARED: Final = {"images", "split"}
"""Sections of the config that the runs of a pack have in common: one job reads one set of images and one split."""


class PackingConfig(Section):
    """Training of several runs side by side."""

    models: int = Field(
        16,
        ge=2,
        le=128,
        description="Runs that `lartpc_pack_<sweep>` trains side by side, at most. It changes no run and makes none stale.",
    )


class PackPlan(NamedTuple):
    """The runs of a pack.

    Attributes
    ----------
    train : tuple of RunConfig
        To be trained together.
    there : tuple of str
        Ids of those whose model is there and up to date.
    """

    train: tuple[RunConfig, ...]
    there: tuple[str, ...]


_PLAN: Final = TypeAdapter(PackPlan)


def make_packs(runs: Mapping[str, RunConfig], *, models: int) -> tuple[tuple[str, ...], ...]:
    """Give as few packs of at most `models` runs as possible, as ids in the order of the runs, alike in size.

    A run is in no pack if no other one has the same images and split.
    """
    alike: dict[str, list[str]] = {}
    for name, run in runs.items():
        alike.setdefault(run.model_dump_json(include=SHARED), []).append(name)
    return tuple(pack for ids in alike.values() if len(ids) > 1 for pack in _share_out(ids, -(-len(ids) // models)))


def _share_out(ids: Sequence[str], n_packs: int) -> list[tuple[str, ...]]:
    """Cut a list into packs whose sizes differ by one at most."""
    edges = [len(ids) * place // n_packs for place in range(n_packs + 1)]
    return [tuple(ids[start:end]) for start, end in pairwise(edges)]


def plan_pack(
    runs: Sequence[RunConfig],
    models: Path,
    inputs: Mapping[str, Mapping[str, str]],
    *,
    code: str,
    samples: Sequence[str],
) -> PackPlan:
    """Choose the runs to train: those whose model is not there or not up to date, which the provenance beside it tells.

    Parameters
    ----------
    runs : sequence of RunConfig
        Of one pack.
    models : path
        The folder that holds a folder of each run's model.
    inputs : mapping
        Names and checksums of the files to train from, as in a provenance.
    code : str
        The fingerprint of the script that trains one run.
    samples : sequence of str
        The samples that may be trained on.
    """
    sums = {name: file["sha256"] for name, file in inputs.items()}
    train, there = [], []
    for run in runs:
        wanted = {"config": describe_config(run), "inputs": sums, "code": code, "samples": list(samples)}
        if _origin_of(models / run_id(run)) == wanted:
            there.append(run_id(run))
        else:
            train.append(run)
    return PackPlan(tuple(train), tuple(there))


def write_pack_plan(path: Path, plan: PackPlan) -> None:
    """Write a plan as JSON."""
    write_text(path, _PLAN.dump_json(plan, indent=2).decode() + "\n")


def read_pack_plan(path: Path) -> PackPlan:
    """Read what `write_pack_plan` wrote."""
    return _PLAN.validate_json(path.read_bytes())


def _origin_of(model: Path) -> dict[str, Any] | None:
    """Give what a model was made from, None where there is no model or its provenance is of another version."""
    try:
        origin = parse_json(model / "provenance.json")
        sums = {name: file["sha256"] for name, file in origin["inputs"].items()}
        made = {"config": origin["config"], "inputs": sums}
        made |= {name: origin["training"][name] for name in ("code", "samples")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return made if (model / "model.safetensors").is_file() else None

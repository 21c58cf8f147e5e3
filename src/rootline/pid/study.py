"""What a config makes of the study: its samples, models and runs, and the points of its scan."""

import glob
from pathlib import Path
from typing import Any, Final, NamedTuple

from rootline.core.errors import UserError
from rootline.core.names import check_name
from rootline.core.runs import add_run, plan_sweeps, tabulate_ids
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.pid.config import StudyConfig
from rootline.pid.runs import RunConfig
from rootline.pid.simulation.config import DomainConfig, SimulationConfig

SHIFTED: Final = "shift_"
"""How the samples of the scan begin; a number follows."""


class ScanPoint(NamedTuple):
    """One training of the scan: its run, whether an adversary took part, and the sample of its second domain."""

    run: str
    variant: str
    shift: float
    seed: int
    sample: str


class StudyPlan(NamedTuple):
    """Everything that the rules expand over; all mappings keep the order of the config.

    `samples` gives the ROOT files of each sample, `simulated` what those that
    are simulated are; `models` gives the run of each model that is compared.
    """

    samples: dict[str, tuple[str, ...]]
    simulated: dict[str, DomainConfig]
    models: dict[str, str]
    runs: dict[str, RunConfig]
    sweeps: dict[str, tuple[str, ...]]
    scan: tuple[ScanPoint, ...]


def plan_study(config: StudyConfig, *, simulated_to: str, shipped: Path = Path()) -> StudyPlan:
    """Expand a checked config to samples, models and runs, before the first job.

    Parameters
    ----------
    config : StudyConfig
        The study's section of the config.
    simulated_to : str
        Folder of the simulated ROOT files, used when no files are configured.
    shipped : path
        Folder where a sweep file is looked for that is not below the working folder.

    Raises
    ------
    UserError
        For files that are not there, models or sweeps with unknown keys or
        impossible combinations, or an adversary with a sample that there is not.
    """
    simulated = _simulated(config) if config.input.mc is None else {}
    samples: dict[str, tuple[str, ...]] = {name: (f"{simulated_to}/{name}.root",) for name in simulated}
    if not simulated:
        samples = {name: _files(f"pid.input.{name}", getattr(config.input, name)) for name in ("mc", "data")}

    def refuse(run: RunConfig) -> str:
        domain = run.network.domain
        if run.split != config.split:
            return "split: all models are judged on the same tracks; change it for all of them in pid.split"
        if not run.network.adversary or (domain in samples and domain != "mc"):
            return ""
        return f"network.domain={domain!r}: is no second domain; there is {', '.join(list(samples)[1:])}"

    base = RunConfig(
        kind=config.kind, trees=config.trees, network=config.network, train=config.train, split=config.split
    )
    runs: dict[str, RunConfig] = {}
    rows = SweepConfig(rows=tuple(config.models.values()))
    models = {
        check_name(name, where="pid.models"): add_run(runs, run, source=f"pid.models.{name}")
        for name, run in zip(config.models, expand_sweep(rows, base, source="pid.models", refuse=refuse), strict=True)
    }
    sweeps = plan_sweeps(config.sweeps, base, runs, study="pid", shipped=shipped, refuse=refuse)
    scan = _scan(config, runs[models[config.scan.model]], runs) if simulated else ()
    return StudyPlan(samples, simulated, models, runs, sweeps, scan)


def runs_table(plan: StudyPlan) -> str:
    """Write the runs as tab-separated text, see `tabulate_ids`.

    Among the sweeps stand the models that are compared, as ``models.forest``, and the scan, as ``scan.source`` and
    ``scan.adversary``; no sweep has a name with a dot.
    """
    models = {f"models.{name}": (run,) for name, run in plan.models.items()}
    scan = {
        f"scan.{variant}": tuple(dict.fromkeys(point.run for point in plan.scan if point.variant == variant))
        for variant in dict.fromkeys(point.variant for point in plan.scan)
    }
    return tabulate_ids(plan.runs, models | plan.sweeps | scan)


def shifted(simulation: SimulationConfig, shift: float, *, n_events: int) -> DomainConfig:
    """Give a domain whose detector is `shift` times as far from that of `mc` as that of `data` is."""
    near, far = (one.detector.model_dump() for one in (simulation.mc, simulation.data))
    moved = {name: near[name] + shift * (far[name] - near[name]) for name in near}
    shares = {
        name: min(max(moved[name], 0.0), 1.0) for name in moved if name.startswith(("tof_eff", "tof_mis", "trd_"))
    }
    tune = simulation.data.tune if shift else simulation.mc.tune
    return DomainConfig.model_validate({"n_events": n_events, "tune": tune, "detector": moved | shares})


def _simulated(config: StudyConfig) -> dict[str, DomainConfig]:
    simulation = config.simulation
    plain = DomainConfig.model_validate(simulation.data.model_dump())
    return {"mc": simulation.mc, "data": plain} | {
        f"{SHIFTED}{number}": shifted(simulation, shift, n_events=config.scan.n_events)
        for number, shift in enumerate(config.scan.shifts)
    }


def _files(key: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for pattern in patterns:
        matches = sorted(path for path in glob.glob(pattern, recursive=True) if Path(path).is_file())  # noqa: PTH207
        if not matches:
            raise UserError(f"{key}: no file matches {pattern}; relative paths are taken from {Path.cwd()}")
        found |= dict.fromkeys(matches)
    return tuple(found)


def _scan(config: StudyConfig, model: RunConfig, runs: dict[str, RunConfig]) -> tuple[ScanPoint, ...]:
    if not model.network.adversary:
        raise UserError(
            f"pid.scan.model: {config.scan.model} has no adversary; name a model with network.adversary: true"
        )
    points = []
    for number, shift in enumerate(config.scan.shifts):
        sample = f"{SHIFTED}{number}"
        for seed in range(config.scan.seeds):
            train = {"seed": seed, "epochs": config.scan.epochs}
            for variant, network in (
                ("source", {"adversary": False, "domain": ""}),
                ("adversary", {"adversary": True, "domain": sample}),
            ):
                run = _changed(model, train=train, network=network)
                points.append(ScanPoint(add_run(runs, run, source="pid.scan"), variant, shift, seed, sample))
    return tuple(points)


def _changed(run: RunConfig, **sections: dict[str, Any]) -> RunConfig:
    values = run.model_dump()
    return RunConfig.model_validate(
        {name: values[name] | sections.get(name, {}) if name in sections else values[name] for name in values}
    )

"""What a config makes of the study: its samples, models and runs, and the points of its scan."""

from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from rootline.core.config import explain_faults
from rootline.core.errors import UserError
from rootline.core.names import check_name
from rootline.core.runs import add_run, plan_sweeps, tabulate_ids
from rootline.core.samples import expand_path
from rootline.core.sweeps import SweepConfig, expand_sweep, with_values
from rootline.pid.config import StudyConfig
from rootline.pid.nsigma import NSIGMA
from rootline.pid.runs import RunConfig
from rootline.pid.scan import ADVERSARY, SOURCE, ScanPoint
from rootline.pid.simulation.config import DomainConfig, SimulationConfig

SHIFTED: Final = "shift_"
"""How the samples of the scan begin; a number follows."""

TAKEN: Final = (NSIGMA, SOURCE)
"""What tables and figures call the rule to beat, and the network beside an adversary; no model has these names."""


class StudyPlan(NamedTuple):
    """Everything that the rules expand over; all mappings keep the order of the config.

    `samples` gives the ROOT files of each sample, `simulated` what those that
    are simulated are; `models` gives the run of each model that is compared,
    `adversary` the one of them that is scanned and whose mapping is shown.
    """

    samples: dict[str, tuple[str, ...]]
    simulated: dict[str, DomainConfig]
    models: dict[str, str]
    adversary: str | None
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
        impossible combinations, an adversary with a sample that there is not,
        or a scan that goes farther than a detector can be.
    """
    simulated = _simulated(config) if config.input.mc is None else {}
    samples: dict[str, tuple[str, ...]] = {name: (f"{simulated_to}/{name}.root",) for name in simulated}
    if not simulated:
        samples = {name: _files(f"pid.input.{name}", getattr(config.input, name)) for name in ("mc", "data")}
    if taken := [name for name in TAKEN if name in config.models]:
        raise UserError(f"pid.models: {taken[0]} is the name of something else in tables and figures; rename the model")

    def refuse(run: RunConfig) -> str:
        domain = run.network.domain
        if run.split != config.split:
            return "split: all models are judged on the same tracks; change it for all of them in pid.split"
        if not run.network.adversary or (domain in samples and domain != "mc"):
            return ""
        return f"network.domain={domain!r}: is no second domain; there is {', '.join(list(samples)[1:])}"

    # No run itself, which would forget what its kind has no use for, but that of the others may.
    base = RunConfig.model_construct(**{name: getattr(config, name) for name in RunConfig.model_fields})
    runs: dict[str, RunConfig] = {}
    rows = SweepConfig(rows=tuple(config.models.values()))
    models = {
        check_name(name, where="pid.models"): add_run(runs, run, source=f"pid.models.{name}")
        for name, run in zip(config.models, expand_sweep(rows, base, source="pid.models", refuse=refuse), strict=True)
    }
    sweeps = plan_sweeps(config.sweeps, base, runs, study="pid", shipped=shipped, refuse=refuse)
    adversary = _adversary(config, {name: runs[run] for name, run in models.items()})
    scan = _scan(config, runs[models[adversary]], runs) if simulated and adversary else ()
    # A shifted sample is there for those who learn from it.
    used = {"mc", "data", *(run.network.domain for run in runs.values())}
    samples = {name: files for name, files in samples.items() if name in used}
    simulated = {name: domain for name, domain in simulated.items() if name in used}
    return StudyPlan(samples, simulated, models, adversary, runs, sweeps, scan)


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
    """Give a domain whose detector is `shift` times as far from that of `mc` as that of `data` is; shares stay within 0 and 1.

    Raises
    ------
    UserError
        If no detector is so far from it, such as one with a resolution below 0.
    """
    near, far = (one.detector.model_dump() for one in (simulation.mc, simulation.data))
    moved = {name: near[name] + shift * (far[name] - near[name]) for name in near}
    shares = {
        name: min(max(moved[name], 0.0), 1.0)
        for name in ("tpc_tail", "tof_efficiency", "tof_mismatch", "trd_efficiency")
    }
    tune = simulation.data.tune if shift else simulation.mc.tune
    try:
        return DomainConfig.model_validate({"n_events": n_events, "tune": tune, "detector": moved | shares})
    except ValidationError as error:
        raise UserError(
            f"pid.scan.shifts: no detector is {shift:g} times as far from that of mc as that of data is: "
            f"{'; '.join(explain_faults(error, DomainConfig))}. Lower this shift, or bring "
            "pid.simulation.data.detector nearer to pid.simulation.mc.detector"
        ) from error


def _simulated(config: StudyConfig) -> dict[str, DomainConfig]:
    simulation = config.simulation
    plain = DomainConfig.model_validate(simulation.data.model_dump())
    return {"mc": simulation.mc, "data": plain} | {
        f"{SHIFTED}{number}": shifted(simulation, shift, n_events=config.scan.n_events)
        for number, shift in enumerate(config.scan.shifts)
    }


def _files(key: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for pattern in patterns for path in expand_path(pattern, where=key)))


def _adversary(config: StudyConfig, models: dict[str, RunConfig]) -> str | None:
    """Give the model that is scanned: the one that the config names, or the first with an adversary, if there is one."""
    with_one = [name for name, run in models.items() if run.network.adversary]
    named = config.scan.model
    if named is not None and named not in with_one:
        raise UserError(
            f"pid.scan.model: {named} has no adversary; name a model with network.adversary: true, or null for the first one"
        )
    return named or next(iter(with_one), None)


def _scan(config: StudyConfig, model: RunConfig, runs: dict[str, RunConfig]) -> tuple[ScanPoint, ...]:
    nested, points = model.model_dump(), []
    for number, shift in enumerate(config.scan.shifts):
        sample = f"{SHIFTED}{number}"
        for seed in range(config.scan.seeds):
            for variant, domain in ((SOURCE, ""), (ADVERSARY, sample)):
                network = {"network.adversary": bool(domain), "network.domain": domain}
                changes: dict[str, Any] = {"train.seed": seed, "train.epochs": config.scan.epochs, **network}
                run = RunConfig.model_validate(with_values(nested, changes))
                points.append(ScanPoint(add_run(runs, run, source="pid.scan"), variant, shift, seed, sample))
    return tuple(points)

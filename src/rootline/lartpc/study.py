"""What a config makes of the study: its samples, files, runs, image sets and splits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.names import suggest_name
from rootline.core.runs import name_sections, plan_sweeps, run_id, tabulate_ids
from rootline.core.samples import SampleFile, read_samples, sample_file
from rootline.core.splits import SplitConfig
from rootline.lartpc.analyses.settings.types import OF_A_SAMPLE
from rootline.lartpc.analyses.sweep_metrics import check_metric
from rootline.lartpc.config import StudyConfig
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.inputs import ROLES
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.simulation.config import SampleConfig

SIMULATED: Final = ("protons", "kaons", "mips", "references")
"""The simulated samples; their particles and roles are config."""


class Sample(NamedTuple):
    """One sample: what it is, what it is for, and the short names of its files."""

    particle: str
    role: str
    files: tuple[str, ...]


class StudyPlan(NamedTuple):
    """Everything that the rules expand over; all mappings keep the order of the config.

    `base` is the run that the config itself describes; `sweeps` gives the run
    ids of each sweep; `image_set_of` and `split_of` say what a run is trained on.
    """

    samples: dict[str, Sample]
    files: dict[str, SampleFile]
    base: str
    runs: dict[str, RunConfig]
    sweeps: dict[str, tuple[str, ...]]
    image_sets: dict[str, ImageConfig]
    image_set_of: dict[str, str]
    splits: dict[str, SplitConfig]
    split_of: dict[str, str]

    @property
    def trainable(self) -> list[str]:
        """Samples of role train; no model ever learns from another one."""
        return [name for name, sample in self.samples.items() if sample.role == "train"]

    @property
    def compared(self) -> list[str]:
        """Samples whose particles the probes tell apart; hand-picked reference tracks are in another sample already."""
        return [name for name, sample in self.samples.items() if sample.role in ("train", "held_out")]

    @property
    def references(self) -> list[str]:
        """Samples of events out of which one track each is chosen."""
        return [name for name, sample in self.samples.items() if sample.role == "reference"]

    @property
    def windowed(self) -> list[str]:
        """Samples whose clusters must begin in the entry windows: all but the references, which keep every cluster."""
        return [name for name, sample in self.samples.items() if sample.role != "reference"]


def plan_study(config: StudyConfig, *, simulated_to: str, shipped: Path = Path()) -> StudyPlan:
    """Expand a checked config to samples, files and runs, before the first job.

    Parameters
    ----------
    config : StudyConfig
        The study's section of the config.
    simulated_to : str
        Folder of the simulated ROOT files, used when no samples are configured.
    shipped : path
        Folder where a sweep file is looked for that is not below the working folder.

    Raises
    ------
    UserError
        For a wrong table of samples, a sweep with unknown keys or impossible
        combinations, a training species or a chosen particle of an analysis
        that no sample holds, or an unknown number to judge sweeps by.
    """
    _check_side_files(config)
    entries = _entries(config, simulated_to)
    entries_of: dict[str, list[SampleFile]] = {}
    for entry in entries:
        entries_of.setdefault(entry.sample, []).append(entry)
    samples = {
        name: Sample(of_sample[0].particle, of_sample[0].role, tuple(entry.file for entry in of_sample))
        for name, of_sample in entries_of.items()
    }
    _check_particles(config, samples)
    _check_metrics(config, samples)
    base = RunConfig(images=config.images, split=config.split, model=config.model, train=config.train)
    if fault := _species_fault(base, samples):
        raise UserError(fault)
    runs = {run_id(base): base}
    sweeps = plan_sweeps(
        config.sweeps,
        base,
        runs,
        study="lartpc",
        shipped=shipped,
        refuse=lambda run: _species_fault(run, samples),
    )
    image_sets, image_set_of = name_sections(config.images, {run: resolved.images for run, resolved in runs.items()})
    splits, split_of = name_sections(config.split, {run: resolved.split for run, resolved in runs.items()})
    return StudyPlan(
        samples=samples,
        files={entry.file: entry for entry in entries},
        base=run_id(base),
        runs=runs,
        sweeps=sweeps,
        image_sets=image_sets,
        image_set_of=image_set_of,
        splits=splits,
        split_of=split_of,
    )


def runs_table(plan: StudyPlan) -> str:
    """Write the runs as tab-separated text, see `tabulate_ids`."""
    return tabulate_ids(plan.runs, plan.sweeps)


def _entries(config: StudyConfig, simulated_to: str) -> list[SampleFile]:
    if config.input.samples is not None:
        return read_samples(Path(config.input.samples), roles=ROLES, sharing=("reference",))
    simulated: dict[str, SampleConfig] = {name: getattr(config.simulation, name) for name in SIMULATED}
    return [
        sample_file(
            sample=name,
            particle=_simulated_particle(sample),
            role=sample.role,
            path=f"{simulated_to}/{name}.root",
        )
        for name, sample in simulated.items()
    ]


def _simulated_particle(sample: SampleConfig) -> str:
    """Name the particle of a simulated sample; picked ones are another particle than tagged ones."""
    return f"{sample.species}_reference" if sample.role == "reference" else sample.species


def _check_side_files(config: StudyConfig) -> None:
    files = config.input
    named = {"input.beamline": files.beamline, "input.reco": files.reco, "input.curves.kaon": files.curves.kaon}
    named |= {"input.curves.proton": files.curves.proton}
    named |= {f"input.loglikelihood[{number}]": path for number, path in enumerate(files.loglikelihood)}
    named |= {"reference.events": config.reference.events, "reference.choice": config.reference.choice}
    for key, path in named.items():
        if path is not None and not Path(path).is_file():
            raise UserError(f"lartpc.{key}: no such file {path}; relative paths are taken from {Path.cwd()}")


def _check_particles(config: StudyConfig, samples: dict[str, Sample]) -> None:
    known = sorted({sample.particle for sample in samples.values()})
    for key, particle in _chosen_particles(config, "lartpc"):
        if particle not in known:
            raise UserError(f"{key}: no sample holds {particle}; {suggest_name(particle, known)}")


def _chosen_particles(section: Section, key: str) -> Iterator[tuple[str, str]]:
    """Yield every particle that an option names and its default does not, with the option's key.

    A study without a sample of a default one is a study all the same, in
    which the analyses of that particle say that it has no tracks.
    """
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _chosen_particles(value, f"{key}.{name}")
        elif OF_A_SAMPLE in (*field.metadata, *_metadata_within(field.annotation)):
            chosen, default = ((each,) if isinstance(each, str) else each for each in (value, field.default))
            yield from ((f"{key}.{name}", particle) for particle in chosen if particle not in default)


def _metadata_within(annotation: Any) -> tuple[Any, ...]:
    return tuple(item for argument in get_args(annotation) for item in getattr(argument, "__metadata__", ()))


def _check_metrics(config: StudyConfig, samples: dict[str, Sample]) -> None:
    particles = dict.fromkeys(sample.particle for sample in samples.values())
    analyses = config.analyses
    named = {"best.metric": analyses.best.metric, "pareto.score": analyses.pareto.score}
    named |= {} if analyses.pareto.error is None else {"pareto.error": analyses.pareto.error}
    for key, metric in named.items():
        check_metric(metric, particles, key=f"lartpc.analyses.{key}")


def _species_fault(run: RunConfig, samples: dict[str, Sample]) -> str:
    """Say which particles a run is to learn from that no sample of role train holds; nothing if all are there."""
    trainable = sorted({sample.particle for sample in samples.values() if sample.role == "train"})
    missing = [species for species in run.train.species if species not in trainable]
    if not missing or not trainable:  # without such samples nobody means to train: tracks, images and features go
        return ""
    others = {name: sample for name, sample in samples.items() if sample.role != "reference"}
    held = [f"{name} ({sample.role})" for name, sample in others.items() if sample.particle in missing]
    return (
        f"lartpc.train.species: no sample of role train holds {', '.join(missing)}"
        + (f", only {', '.join(held)}; give it the role train" if held else "")
        + f"; or name what such samples hold: {', '.join(trainable)}"
    )

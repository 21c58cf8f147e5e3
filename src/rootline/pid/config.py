"""The study's whole config, put together from the sections that stand beside their stages.

Only the workflow imports this: a script imports the one section that it
needs, so that a new default elsewhere does not make its results stale.
"""

from typing import Final, Self

from pydantic import Field, JsonValue, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.core.figures import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, FigureConfig, HexColour
from rootline.core.file_paths import FilePath
from rootline.pid.analyses.config import AnalysesConfig
from rootline.pid.network_config import NetworkConfig, TrainConfig
from rootline.pid.nsigma import NSigmaConfig
from rootline.pid.runs import Kind, PartsConfig
from rootline.pid.simulation.config import SimulationConfig
from rootline.pid.tracks import CleaningConfig
from rootline.pid.trees import TreeConfig

SPECIES_COLOURS: Final[dict[str, HexColour]] = {
    "pion": BLUE,
    "kaon": VERMILLION,
    "proton": GREEN,
    "electron": PURPLE,
    "muon": ORANGE,
}


class InputConfig(Section):
    """The user's files, as paths or globs relative to the working folder; both null means simulated input."""

    mc: tuple[FilePath, ...] | None = Field(
        None,
        description="ROOT files with the truth and n-sigma, which models learn from: `DF_*` folders with a tree of tracks.",
    )
    data: tuple[FilePath, ...] | None = Field(
        None, description="ROOT files of the second domain; if they hold the truth, it is used to judge alone."
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.mc is None) != (self.data is None):
            raise ValueError(
                "input.mc and input.data belong together: give files for both, or for none to simulate them"
            )
        return self


class ScanConfig(Section):
    """How far from the first domain a model still works, with and without adversary; only where the input is simulated."""

    model: str | None = Field(
        None,
        description="Which of the models, one with an adversary; null for the first one, and no scan if there is none.",
    )
    shifts: tuple[NonNegativeFloat, ...] = Field(
        (0.0, 1.0, 2.0, 4.0),
        description="Distances from the detector of `mc` (0) towards and beyond that of `data` (1); none for no scan.",
    )
    seeds: PositiveInt = Field(5, description="Trainings of each point, with seeds 0, 1, ...")
    n_events: PositiveInt = Field(6000, description="Collisions of each shift.")
    epochs: PositiveInt = Field(
        30, description="Most epochs of its trainings; an adversary needs more of them than a plain network."
    )


class ExportConfig(Section):
    """How exported models are checked against what they were made from."""

    tolerance: PositiveFloat = Field(1e-5, description="A larger difference of a probability stops the run.")


class StudyConfig(Section):
    """Particle identification in a barrel detector, from tracks in ROOT files to figures and deployed models."""

    input: InputConfig = Field(default_factory=InputConfig, description="Files of yours; all null simulates.")
    simulation: SimulationConfig = Field(default_factory=SimulationConfig, description="The simulated default input.")
    cleaning: CleaningConfig = Field(default_factory=CleaningConfig, description="Which tracks are kept.")
    nsigma: NSigmaConfig = Field(default_factory=NSigmaConfig, description="The rule to beat.")
    split: PartsConfig = Field(default_factory=PartsConfig, description="Train, validation and test part.")
    kind: Kind = Field("forest", description="Kind of the base run, which models and sweeps are changes of.")
    trees: TreeConfig = Field(default_factory=TreeConfig, description="Its trees.")
    network: NetworkConfig = Field(default_factory=NetworkConfig, description="Its network.")
    train: TrainConfig = Field(default_factory=TrainConfig, description="Its training.")
    models: dict[str, dict[str, JsonValue]] = Field(
        {
            "forest": {"kind": "forest"},
            "adaboost": {"kind": "adaboost", "trees.n": 20, "trees.max_depth": 8},
            "boosting": {"kind": "boosting", "trees.max_depth": 8, "trees.learning_rate": 0.1},
            "mlp": {"kind": "mlp"},
            "ensemble": {"kind": "ensemble"},
            "attention": {"kind": "attention"},
            "dann": {"kind": "mapper", "network.adversary": True, "network.domain": "data"},
        },
        description="Models that are compared: name to what differs from the base run, as dotted keys.",
        min_length=1,
    )
    figures_model: str | None = Field(
        None,
        description="Model whose accepted tracks the planes of the detectors show, and the squared mass judges; null for the first one.",
    )
    scan: ScanConfig = Field(default_factory=ScanConfig, description="Scan of the distance between the domains.")
    export: ExportConfig = Field(default_factory=ExportConfig, description="Models as ONNX.")
    analyses: AnalysesConfig = Field(default_factory=AnalysesConfig, description="What is asked of the scores.")
    figures: FigureConfig = Field(
        default_factory=lambda: FigureConfig(colours=SPECIES_COLOURS), description="How figures look."
    )
    sweeps: tuple[FilePath, ...] = Field((), description="Sweep files; each is a target `pid_sweep_<file name>`.")

    @model_validator(mode="after")
    def _named_models_exist(self) -> Self:
        for key, name in (("figures_model", self.figures_model), ("scan.model", self.scan.model)):
            if name is not None and name not in self.models:
                raise ValueError(f"{key}={name!r}: is none of models, which has {', '.join(self.models)}")
        return self

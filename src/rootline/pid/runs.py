"""A run of this study: everything that decides what a trained model is."""

from pathlib import Path
from typing import Final, Literal, Self, get_args

from pydantic import Field, model_validator

from rootline.core.config import Section
from rootline.core.runs import parse_run_as, read_run_as
from rootline.core.splits import SplitConfig
from rootline.pid.network_config import NetworkConfig, NetworkKind, TrainConfig
from rootline.pid.trees import TreeConfig, TreeKind

Kind = Literal[TreeKind, NetworkKind]

TREE_KINDS: Final = frozenset(get_args(TreeKind))
MAPPING_KINDS: Final = frozenset({"mapper", "attention"})


class PartsConfig(SplitConfig):
    """How tracks are shared out among train, val and test."""

    train: float = Field(0.64, gt=0, lt=1, description="Share of the tracks that models learn from.")
    val: float = Field(
        0.16,
        gt=0,
        lt=1,
        description="Share of the tracks that stop a training and choose cuts; the rest is the test part.",
    )


class RunConfig(Section):
    """All that decides a model."""

    kind: Kind = Field(
        "forest",
        description="forest, adaboost, boosting: trees with five classes; mlp: what is missing counts as the mean; ensemble: "
        "one perceptron per set of detectors; mapper: a perceptron that judges by 32 numbers to which another one maps; "
        "attention: the same, mapped by attention over the inputs that are there.",
    )
    trees: TreeConfig = Field(default_factory=TreeConfig, description="For forest, adaboost and boosting.")
    network: NetworkConfig = Field(default_factory=NetworkConfig, description="For the other kinds.")
    train: TrainConfig = Field(default_factory=TrainConfig, description="Training.")
    split: PartsConfig = Field(default_factory=PartsConfig, description="Parts.")

    @model_validator(mode="after")
    def _adversary_has_something_to_judge(self) -> Self:
        if self.network.adversary and self.kind not in MAPPING_KINDS:
            raise ValueError(f"network.adversary: {self.kind} maps a track to nothing; use mapper or attention")
        return self

    @property
    def is_trees(self) -> bool:
        """Whether it is a model of trees."""
        return self.kind in TREE_KINDS


def read_run(path: Path) -> RunConfig:
    """Read the config that lies beside a model; errors are those of `core.runs.read_run_as`."""
    return read_run_as(RunConfig, path)


def parse_run(options: str, *, named: str) -> RunConfig:
    """Read a run from JSON; errors are those of `core.runs.parse_run_as`."""
    return parse_run_as(RunConfig, options, named=named)

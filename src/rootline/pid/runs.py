"""A run of this study: everything that decides what a trained model is."""

from pathlib import Path
from typing import Final, Literal, Self, get_args

from pydantic import Field, model_validator

from rootline.core.config import Section
from rootline.core.runs import parse_run_as, read_run_as
from rootline.core.splits import SplitConfig
from rootline.pid.network_config import NetworkConfig, NetworkKind, TrainConfig
from rootline.pid.trees import TreeConfig, TreeKind, used_by

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
    """All that decides a model; what its kind has no use for is as by default, whatever was given."""

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
    def _has_only_what_its_kind_uses(self) -> Self:
        """Put what does not count back to its default, so that changing it makes no other run of the same model."""
        if self.is_trees:
            trees = used_by(self.kind, self.trees)  # type: ignore[arg-type]  # `is_trees` says so
            # written past the check of frozen fields: nobody has seen the run yet
            vars(self).update(trees=trees, network=NetworkConfig(), train=TrainConfig(seed=self.train.seed))
            return self
        if self.network.adversary and self.kind not in MAPPING_KINDS:
            raise ValueError(f"network.adversary: {self.kind} maps a track to nothing; use mapper or attention")
        network = self.network if self.network.adversary else NetworkConfig(dropout=self.network.dropout)
        vars(self).update(trees=TreeConfig(), network=network)
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

"""Networks for tracks: how one is built from its config, what it is trained on, and its loss."""

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from rootline.core.config import Section
from rootline.core.one_training import Schedule
from rootline.pid.columns import INPUTS
from rootline.pid.inputs import DETECTORS, TARGETS
from rootline.pid.networks import (
    N_HIDDEN,
    WIDTH,
    Architecture,
    Classifier,
    DomainAdversary,
    FeatureSet,
    FilledPerceptron,
    GroupEnsemble,
    perceptron,
)

N_INPUTS: Final = len(INPUTS)
N_TARGETS: Final = len(TARGETS)


class NetworkConfig(Section):
    """What a network is."""

    architecture: Architecture = Field(
        "attention",
        description="mlp: what is missing counts as the mean; ensemble: one perceptron per set of detectors; attention: "
        "over the inputs that are there.",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of hidden values that a training step leaves out.")
    adversary: bool = Field(
        False,
        description="A second head must not be able to tell the second domain from what the tracks are mapped to.",
    )
    reversal: NonNegativeFloat = Field(1.0, description="Strength of the reversed gradient of that head.")


class NetworkTrainConfig(Section):
    """How it is trained."""

    epochs: PositiveInt = Field(40, description="Most epochs.")
    batch_size: PositiveInt = Field(512, description="Tracks in a step.")
    lr: PositiveFloat = Field(1e-3, description="Learning rate of Adam.")
    weight_decay: NonNegativeFloat = Field(1e-5, description="L2 penalty of Adam.")
    patience: PositiveInt = Field(5, description="Epochs without a better validation loss that end the training.")
    min_delta: NonNegativeFloat = Field(1e-4, description="By how much a better loss must be lower.")
    seed: NonNegativeInt = Field(0, description="Seed of weights, order and dropout.")

    def schedule(self) -> Schedule:
        """Give it as the trainer takes it."""
        return Schedule(**self.model_dump())


def build_network(config: NetworkConfig) -> nn.Module:
    """Make a network with the weights that torch's present seed gives."""
    if config.architecture == "attention" or config.adversary:
        mapper: nn.Module = (
            FeatureSet(N_INPUTS, config.dropout) if config.architecture == "attention" else _simple(config, n_out=WIDTH)
        )
        head = perceptron(WIDTH, N_TARGETS, config.dropout, N_HIDDEN)
        if not config.adversary:
            return Classifier(mapper, head)
        return DomainAdversary(mapper, head, perceptron(WIDTH, 1, config.dropout), reversal=config.reversal)
    return _simple(config, n_out=N_TARGETS)


def _simple(config: NetworkConfig, *, n_out: int) -> nn.Module:
    if config.architecture == "ensemble":
        return GroupEnsemble(N_INPUTS, n_out, config.dropout, DETECTORS)
    return FilledPerceptron(N_INPUTS, n_out, config.dropout)


def pack_samples(
    inputs: NDArray[np.float32], labels: NDArray[np.float32], is_second: NDArray[np.bool_] | None = None
) -> Tensor:
    """Put all that a step needs of a track into one row: inputs, labels, and 1 for the second domain, (n, 16 + 6 + 1)."""
    domain = np.zeros(len(inputs)) if is_second is None else is_second
    return torch.from_numpy(np.concatenate([inputs, labels, domain[:, None]], axis=1).astype(np.float32))


def classification_loss(model: Any, batch: Tensor) -> dict[str, Tensor]:
    """Give the cross entropy of each target against all other tracks, its mean over targets and tracks."""
    loss = binary_cross_entropy_with_logits(model(batch[:, :N_INPUTS]), batch[:, N_INPUTS : N_INPUTS + N_TARGETS])
    return {"loss": loss}


def adversarial_loss(model: Any, batch: Tensor) -> dict[str, Tensor]:
    """Give the cross entropy of the targets in the first domain, and of the domain in both.

    In training both are minimised, the second against the mapper by its
    reversed gradient. Whether an epoch was better is judged by the first alone.
    """
    logits, domain_logits = model.both(batch[:, :N_INPUTS])
    is_second = batch[:, -1]
    labels = batch[:, N_INPUTS : N_INPUTS + N_TARGETS]
    of_tracks = binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=1)
    is_first = 1 - is_second
    targets = (of_tracks * is_first).sum() / is_first.sum().clamp(min=1)
    domain = binary_cross_entropy_with_logits(domain_logits, is_second)
    return {"loss": targets + domain if model.training else targets, "targets": targets, "domain": domain}

"""Networks for tracks: how one is built from its config, what it is trained on, and its loss."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from rootline.pid.columns import INPUTS
from rootline.pid.inputs import DETECTORS, TARGETS
from rootline.pid.network_config import NetworkConfig, NetworkKind
from rootline.pid.networks import (
    N_MAPPER,
    WIDTH,
    Classifier,
    DomainAdversary,
    FeatureSet,
    FilledPerceptron,
    GroupEnsemble,
    perceptron,
)

N_INPUTS: Final = len(INPUTS)
N_TARGETS: Final = len(TARGETS)


def build_network(kind: NetworkKind, config: NetworkConfig) -> nn.Module:
    """Make a network with the weights that torch's present seed gives."""
    match kind:
        case "mlp":
            return FilledPerceptron(N_INPUTS, N_TARGETS, config.dropout)
        case "ensemble":
            return GroupEnsemble(N_INPUTS, N_TARGETS, config.dropout, DETECTORS)
        case "mapper":
            mapper: nn.Module = FilledPerceptron(N_INPUTS, WIDTH, config.dropout, N_MAPPER)
        case "attention":
            mapper = FeatureSet(N_INPUTS, config.dropout)
    head = perceptron(WIDTH, N_TARGETS, config.dropout)
    if not config.adversary:
        return Classifier(mapper, head)
    return DomainAdversary(mapper, head, perceptron(WIDTH, 1, config.dropout), reversal=config.reversal)


def pack_samples(
    inputs: NDArray[np.float32], labels: NDArray[np.float32], is_second: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Put all that a step needs of a track into one row: inputs, labels, and 1 for the second domain, (n, 16 + 6 + 1).

    Tracks of two domains are mixed evenly, so that every batch holds them in the same shares. A loss of one domain is
    a mean over its tracks in a batch; a batch without any would count in the mean over an epoch as a loss of 0.
    """
    domain = np.zeros(len(inputs), dtype=bool) if is_second is None else is_second
    packed = np.concatenate([inputs, labels, domain[:, None]], axis=1).astype(np.float32)
    places = np.empty(len(packed))
    for of_domain in (domain, ~domain):
        n = int(of_domain.sum())
        places[of_domain] = (np.arange(n) + 0.5) / max(n, 1)
    return packed[np.argsort(places, kind="stable")]


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

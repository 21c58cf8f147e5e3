"""Networks that give each track a logit per target, whatever its detectors have missed.

A track comes as its inputs (n, n_inputs), standardised, with NaN where a
detector has not seen it. One network stands for all targets, with one logit
each, which is trained against all other tracks.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

N_HIDDEN: Final = (64, 32, 16)
N_MAPPER: Final = (64, 32)
WIDTH: Final = 32


def perceptron(n_in: int, n_out: int, dropout: float, hidden: Sequence[int] = N_HIDDEN) -> nn.Sequential:
    """Give a multilayer perceptron with ReLU, and dropout after each hidden layer."""
    layers: list[nn.Module] = []
    for n in hidden:
        layers += [nn.Linear(n_in, n), nn.ReLU(), nn.Dropout(dropout)]
        n_in = n
    return nn.Sequential(*layers, nn.Linear(n_in, n_out))


class FilledPerceptron(nn.Module):
    """A perceptron for which what is missing is 0, the mean of a standardised input."""

    def __init__(self, n_inputs: int, n_out: int, dropout: float, hidden: Sequence[int] = N_HIDDEN) -> None:
        super().__init__()
        self.layers = perceptron(n_inputs, n_out, dropout, hidden)

    def forward(self, tracks: Tensor) -> Tensor:
        """Give (n, n_out)."""
        found: Tensor = self.layers(torch.where(torch.isnan(tracks), 0.0, tracks))
        return found


class GroupEnsemble(nn.Module):
    """One perceptron for each set of detectors that have seen a track.

    `detectors` gives the places of the inputs of each detector that may be
    missing; k of them make 2^k groups.
    """

    def __init__(self, n_inputs: int, n_out: int, dropout: float, detectors: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.first = [places[0] for places in detectors]
        self.members = nn.ModuleList(FilledPerceptron(n_inputs, n_out, dropout) for _ in range(2 ** len(detectors)))

    def forward(self, tracks: Tensor) -> Tensor:
        """Give (n, n_out): every member judges every track, and the one of its group counts."""
        # by columns: a list of places would be copied to a GPU in each step, which no CUDA graph can record
        seen = torch.stack([~torch.isnan(tracks[:, place]) for place in self.first], dim=1)
        groups = torch.arange(len(self.members), device=tracks.device)
        bits = torch.stack([(groups >> bit) % 2 == 1 for bit in range(len(self.first))], dim=1)
        is_own = (seen[:, None, :] == bits).all(dim=2)
        answers = torch.stack([member(tracks) for member in self.members], dim=1)
        return torch.where(is_own[:, :, None], answers, 0.0).sum(dim=1)


class _Block(nn.Module):
    """One layer of a transformer's encoder, by plain operations, which every exporter knows."""

    def __init__(self, width: int, heads: int, feedforward: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.mix = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.forward_layers = nn.Sequential(
            nn.Linear(width, feedforward), nn.ReLU(), nn.Dropout(dropout), nn.Linear(feedforward, width)
        )
        self.norms = nn.ModuleList((nn.LayerNorm(width), nn.LayerNorm(width)))
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, missing: Tensor) -> Tensor:
        n, length, width = tokens.shape
        query, key, value = (
            part.reshape(n, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.mix(tokens).chunk(3, dim=2)
        )
        scores = query @ key.transpose(2, 3) / (width // self.heads) ** 0.5
        weights = torch.softmax(scores.masked_fill(missing[:, None, None, :], -torch.inf), dim=3)
        mixed = (self.dropout(weights) @ value).transpose(1, 2).reshape(n, length, width)
        tokens = self.norms[0](tokens + self.dropout(self.out(mixed)))
        found: Tensor = self.norms[1](tokens + self.dropout(self.forward_layers(tokens)))
        return found


class FeatureSet(nn.Module):
    """Attention over the inputs that are there: each is a token of its name and its value.

    Token (one-hot name, value) -> perceptron -> two transformer layers -> pooling by
    learnt weights, in all of which what is missing has no part.
    """

    def __init__(self, n_inputs: int, dropout: float, *, width: int = WIDTH, heads: int = 2, blocks: int = 2) -> None:
        super().__init__()
        self.register_buffer("names", torch.eye(n_inputs), persistent=False)
        self.embed = perceptron(n_inputs + 1, width, dropout)
        self.blocks = nn.ModuleList(_Block(width, heads, 4 * width, dropout) for _ in range(blocks))
        self.weigh = perceptron(width, width, dropout)

    def forward(self, tracks: Tensor) -> Tensor:
        """Give (n, width); a track needs one input at least."""
        missing = torch.isnan(tracks)
        values = torch.where(missing, 0.0, tracks)[:, :, None]
        names: Any = self.names
        # added to zeros, not expanded: an exporter would take the number of tracks for fixed
        tokens = self.embed(torch.cat([names + torch.zeros_like(values), values], dim=2))
        for block in self.blocks:
            tokens = block(tokens, missing)
        weights = torch.softmax(self.weigh(tokens).masked_fill(missing[:, :, None], -torch.inf), dim=1)
        found: Tensor = (weights * tokens).sum(dim=1)
        return found


class Classifier(nn.Module):
    """What maps a track to a vector, and what gives the logits of all targets from it."""

    def __init__(self, mapper: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.mapper, self.head = mapper, head

    def forward(self, tracks: Tensor) -> Tensor:
        """Give the logits, (n, n_targets)."""
        found: Tensor = self.head(self.mapper(tracks))
        return found


class DomainAdversary(Classifier):
    """A classifier whose vectors a second head must not be able to tell the domain of.

    Y. Ganin et al., Domain-adversarial training of neural networks, JMLR 17 (2016) 59.
    """

    def __init__(self, mapper: nn.Module, head: nn.Module, domain: nn.Module, *, reversal: float) -> None:
        super().__init__(mapper, head)
        self.domain, self.reversal = domain, reversal

    def both(self, tracks: Tensor) -> tuple[Tensor, Tensor]:
        """Give the logits of the targets (n, n_targets), and of being from the second domain (n,)."""
        mapped = self.mapper(tracks)
        return self.head(mapped), self.domain(reverse_gradient(mapped, self.reversal))[:, 0]


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reverse_gradient(values: Tensor, strength: float) -> Tensor:
    """Hand values on as they are, and their gradient back with its sign changed and times `strength`."""
    found: Tensor = _Reverse.apply(values, strength)  # type: ignore[no-untyped-call]
    return found

"""Several beta-VAEs of one architecture as one model, so that small ones keep a GPU busy.

Convolutions run with one group per model, linear layers as a batch of
products. No number of one model meets one of another, so the gradient of the
sum of their losses is the gradient of each. Models may differ in their number
of latents: the narrower ones are padded with entries that stay exactly zero.

Array conventions, K models:
    images      (n, K, plane, wires, ticks)  each model sees images of its own
    mu, logvar  (K, n, latent)
    rows        (K, P)  one row per model: all its parameters, one after the other
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rootline.core.model_state import to_host
from rootline.core.training_state import Arrays
from rootline.lartpc.runs import TrainConfig
from rootline.lartpc.vae import ACTIVATIONS, BetaVAE, kl_divergence, squared_errors

_ELEMENTWISE = tuple(ACTIVATIONS.values())


class Noise(NamedTuple):
    """The random numbers of one batch.

    Attributes
    ----------
    latents : (K, n, latent) tensor
        Standard normal; zero where a model has no such latent.
    kept : list of (n, K, maps) tensors
        Of each dropout layer: 0 where a feature map is dropped, 1 / (1 - p) elsewhere; empty where nothing drops.
    """

    latents: Tensor
    kept: list[Tensor]


class Stacked(NamedTuple):
    """The states of several models: parameters as rows (K, P), and buffers (K, ...) by name."""

    rows: Tensor
    buffers: dict[str, Tensor]

    def copied(self) -> "Stacked":
        """Give the same numbers in memory of their own."""
        return Stacked(self.rows.detach().clone(), {name: buffer.clone() for name, buffer in self.buffers.items()})

    def overwrite(self, places: Tensor, other: "Stacked") -> None:
        """Take over the models at some places of another."""
        self.rows[places] = other.rows.detach()[places]
        for name, buffer in self.buffers.items():
            buffer[places] = other.buffers[name][places]


class PackedVAE:
    """Several beta-VAEs as one model.

    Parameters
    ----------
    members : sequence of BetaVAE
        Models that differ in their weights and their number of latents alone.
        They are copied.
    losses : sequence of TrainConfig
        The weights and the threshold of each one's loss.
    device : torch.device
        Where to compute.

    Attributes
    ----------
    state : Stacked
        Its rows are a leaf that gradients are taken of; a pass in training
        writes to its buffers, the statistics of the normalisations.
    latents : list of int
        How many latents each model has.

    Raises
    ------
    ValueError
        If two models are of different architectures.
    """

    def __init__(self, members: Sequence[BetaVAE], losses: Sequence[TrainConfig], *, device: torch.device) -> None:
        self._widest = max(members, key=lambda member: member.mu.out_features)
        for member in members:
            _check_layers(member, self._widest)
        self._shapes = {name: tuple(value.shape) for name, value in self._widest.named_parameters()}
        self._own_shapes = [{name: tuple(value.shape) for name, value in each.named_parameters()} for each in members]
        self._sizes = [math.prod(shape) for shape in self._shapes.values()]
        self._dropouts = [layer.p for layer in self._widest.encoder if isinstance(layer, nn.Dropout2d) and layer.p > 0]
        self.latents = [member.mu.out_features for member in members]
        buffers = {
            name: torch.stack([member.get_buffer(name) for member in members]).to(device)
            for name, _ in self._widest.named_buffers()
        }
        rows = torch.stack([self._row(dict(member.named_parameters())) for member in members]).detach().to(device)
        self.state = Stacked(rows.requires_grad_(), buffers)
        settings = [[each.beta, each.signal_weight, each.signal_threshold] for each in losses]
        self._beta, weight, threshold = torch.tensor(settings, dtype=rows.dtype, device=device).unbind(dim=1)
        self._signal_weight, self._signal_threshold = (each[:, None, None, None] for each in (weight, threshold))
        has_latent = np.arange(self._widest.mu.out_features) < np.array(self.latents)[:, None]
        self._has_latent = torch.from_numpy(has_latent).unsqueeze(1).to(device, rows.dtype)
        self._noise: dict[tuple[int, bool], Noise] = {}

    def __len__(self) -> int:
        return len(self.latents)

    def loss(self, images: Tensor, noise: Noise, *, training: bool) -> dict[str, Tensor]:
        """Give the terms of `vae.vae_loss` of each model, (K,); `training` is that of the layers of the single model."""
        parts = zip(self._shapes.items(), self.state.rows.split(self._sizes, dim=1), strict=True)
        weights = {name: part.unflatten(1, shape) for (name, shape), part in parts}
        maps = self._convolve("encoder", images.flatten(1, 2), weights, noise.kept, training=training)
        code = maps.unflatten(1, (len(self), -1)).flatten(start_dim=2).transpose(0, 1)
        mu, logvar = (_linear(code, weights, name) * self._has_latent for name in ("mu", "logvar"))
        code = _linear(mu + noise.latents * torch.exp(0.5 * logvar), weights, "from_latent")
        maps = code.transpose(0, 1).unflatten(2, self._widest.code_shape).flatten(1, 2)
        decoded = self._convolve("decoder", maps, weights, [], training=training).unflatten(1, (len(self), -1))
        errors = squared_errors(
            decoded, images, signal_weight=self._signal_weight, signal_threshold=self._signal_threshold
        )
        reconstruction = errors.sum(dim=(2, 3, 4)).mean(dim=0)
        kl = kl_divergence(mu, logvar).mean(dim=1)
        return {"loss": reconstruction + self._beta * kl, "reconstruction": reconstruction, "kl": kl}

    def draw(self, generators: Sequence[torch.Generator], n: int, *, training: bool) -> Noise:
        """Draw the random numbers for `n` images of each model from the model's own generator.

        They are those that the single model draws from torch's generator in
        the same state. They lie in the same memory at each call with this `n`.
        """
        noise = self.noise(n, training=training)
        for place, (generator, width) in enumerate(zip(generators, self.latents, strict=True)):
            for kept, probability in zip(noise.kept, self._dropouts, strict=False):
                drawn = self.state.rows.new_empty(n, kept.shape[2], 1, 1)  # the shape that Dropout2d draws
                drawn.bernoulli_(1 - probability, generator=generator).div_(1 - probability)
                kept[:, place] = drawn.flatten(1)
            noise.latents[place, :, :width] = self.state.rows.new_empty(n, width).normal_(generator=generator)
        return noise

    def weights_of(self, place: int, weights: Stacked) -> Arrays:
        """Give the state of one single model, by the names and in the shapes that it has alone."""
        buffers = {name: buffer[place] for name, buffer in weights.buffers.items()}
        return to_host(self._parts_of(place, weights.rows) | buffers)

    def parameters_of(self, place: int, rows: Tensor) -> Arrays:
        """Give one of such rows, of moments for example, by the names and in the shapes of the single model's parameters."""
        return to_host(self._parts_of(place, rows))

    def stack(self, weights: Sequence[Mapping[str, NDArray[Any]]]) -> Stacked:
        """Give states as of `weights_of` back as one, in the order of the models."""
        buffers = {
            name: torch.stack([torch.from_numpy(each[name]).reshape(like.shape[1:]) for each in weights]).to(like)
            for name, like in self.state.buffers.items()
        }
        return Stacked(self.stack_parameters(weights), buffers)

    def stack_parameters(self, numbers: Sequence[Mapping[str, NDArray[Any]]]) -> Tensor:
        """Give what `parameters_of` gave back as rows (K, P), zero where a model has no such entry."""
        rows = [self._row({name: torch.from_numpy(each[name]) for name in self._shapes}) for each in numbers]
        return torch.stack(rows).to(self.state.rows.detach())

    def noise(self, n: int, *, training: bool) -> Noise:
        """Give where the random numbers of `n` images lie that `draw` drew last."""
        drops = training and bool(self._dropouts)
        if (n, drops) not in self._noise:
            like = self.state.rows.detach()
            widths = [layer.out_channels for layer in self._widest.encoder if isinstance(layer, nn.Conv2d)]
            kept = [like.new_ones(n, len(self), width) for width in widths] if drops else []
            self._noise[n, drops] = Noise(like.new_zeros(len(self), n, self._has_latent.shape[2]), kept)
        return self._noise[n, drops]

    def _parts_of(self, place: int, rows: Tensor) -> dict[str, Tensor]:
        parts = zip(self._shapes.items(), rows[place].split(self._sizes), strict=True)
        own = self._own_shapes[place]
        return {name: part.unflatten(0, shape)[_corner(own[name])] for (name, shape), part in parts}

    def _row(self, numbers: Mapping[str, Tensor]) -> Tensor:
        parts = []
        for name, shape in self._shapes.items():
            padded = numbers[name].new_zeros(shape)
            padded[_corner(numbers[name].shape)] = numbers[name]
            parts.append(padded.flatten())
        return torch.cat(parts)

    def _convolve(
        self, name: str, maps: Tensor, weights: Mapping[str, Tensor], kept: Sequence[Tensor], *, training: bool
    ) -> Tensor:
        """Send (n, K * maps, wires, ticks) through the layers of the encoder or the decoder."""
        unused = iter(kept)
        for number, layer in self._widest.get_submodule(name).named_children():
            own = f"{name}.{number}"
            if isinstance(layer, _ELEMENTWISE):
                maps = layer(maps)
            elif isinstance(layer, nn.Dropout2d):
                if (scale := next(unused, None)) is not None:
                    maps = maps * scale.flatten(1)[:, :, None, None]
            else:
                weight, bias = weights[f"{own}.weight"].flatten(0, 1), weights[f"{own}.bias"].flatten()
                maps = self._grouped(own, layer, maps, weight, bias, training=training)
        return maps

    def _grouped(
        self, own: str, layer: nn.Module, maps: Tensor, weight: Tensor, bias: Tensor, *, training: bool
    ) -> Tensor:
        k = len(self)
        if isinstance(layer, nn.Conv2d):
            return functional.conv2d(maps, weight, bias, layer.stride, layer.padding, groups=k)
        if isinstance(layer, nn.ConvTranspose2d):
            padding, extra = layer.padding, layer.output_padding
            return functional.conv_transpose2d(maps, weight, bias, layer.stride, padding, extra, groups=k)  # type: ignore[arg-type]
        if not isinstance(layer, nn.BatchNorm2d) or layer.momentum is None:
            raise TypeError(f"a layer {layer} cannot be packed")
        if training:
            self.state.buffers[f"{own}.num_batches_tracked"].add_(1)
        mean, variance = (self.state.buffers[f"{own}.running_{which}"].view(-1) for which in ("mean", "var"))
        return functional.batch_norm(
            maps, mean, variance, weight, bias, training=training, momentum=layer.momentum, eps=layer.eps
        )


def _linear(code: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    """Send (K, n, inputs) through the linear layers of the models."""
    return torch.baddbmm(weights[f"{name}.bias"].unsqueeze(1), code, weights[f"{name}.weight"].transpose(1, 2))


def _corner(shape: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(0, side) for side in shape)


def _check_layers(member: BetaVAE, widest: BetaVAE) -> None:
    for layers, others in ((member.encoder, widest.encoder), (member.decoder, widest.decoder)):
        if repr(layers) != repr(others):
            raise ValueError(f"only models with the same layers can be packed; {layers} and {others} differ")

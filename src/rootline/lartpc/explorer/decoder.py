"""The decoder of a model as plain numbers, for a program that has no torch."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.lartpc.runs import ModelConfig
from rootline.lartpc.vae import BetaVAE

HALF_LARGEST: Final = 1.0
"""Weights of a layer are divided by a power of two until none is larger, so that half precision holds them all."""


class ExportedDecoder(NamedTuple):
    """A decoder's layers and their numbers.

    Attributes
    ----------
    layers : list of dict
        In order; the first is ``linear`` with n_in, n_out, all others ``deconvolution`` with n_in, n_out, kernel,
        stride, padding, output_padding. All have weight_scale, by which the layer's weights are to be multiplied.
    code_shape : (channels, wires, ticks)
        What the output of the first layer is a raveled array of.
    activation : str
        Function after each deconvolution.
    weights : float16 array
        Of all layers; the linear one (n_out, n_in), a deconvolution (n_in, n_out, kernel, kernel).
    biases : float32 array
        Of all layers.
    """

    layers: list[dict[str, Any]]
    code_shape: tuple[int, int, int]
    activation: str
    weights: NDArray[np.float16]
    biases: NDArray[np.float32]


def export_decoder(network: BetaVAE, config: ModelConfig, *, image_shape: tuple[int, int]) -> ExportedDecoder:
    """Take the decoder out of a trained model, each batch normalisation multiplied into the layer before it.

    Parameters
    ----------
    network : BetaVAE
        In inference mode.
    config : ModelConfig
        What it was built from.
    image_shape : pair of int
        Wires and ticks of its images.
    """
    reduction = config.stride ** len(config.channels)
    layers: list[dict[str, Any]] = []
    weights: list[NDArray[np.float16]] = []
    biases: list[NDArray[np.float32]] = []
    for layer, weight, bias in _layers(network):
        largest = float(weight.abs().max())
        scale = 2.0 ** np.ceil(np.log2(largest / HALF_LARGEST)) if largest > 0 else 1.0
        layers.append({**layer, "weight_scale": float(scale)})
        weights.append((weight / scale).numpy().astype(np.float16).ravel())
        biases.append(bias.numpy().astype(np.float32))
    return ExportedDecoder(
        layers,
        (config.channels[-1], image_shape[0] // reduction, image_shape[1] // reduction),
        config.activation,
        np.concatenate(weights),
        np.concatenate(biases),
    )


def _layers(network: BetaVAE) -> Iterator[tuple[dict[str, Any], Tensor, Tensor]]:
    """Give kind and sizes of each layer, and its weight and bias as float64."""
    first = network.from_latent
    sizes = {"kind": "linear", "n_in": first.in_features, "n_out": first.out_features}
    yield sizes, first.weight.detach().cpu().double(), first.bias.detach().cpu().double()
    blocks = list(network.decoder)
    for number, block in enumerate(blocks):
        if not isinstance(block, nn.ConvTranspose2d):
            continue
        weight = block.weight.detach().cpu().double()
        bias = torch.zeros(block.out_channels, dtype=torch.float64)
        if block.bias is not None:
            bias = block.bias.detach().cpu().double()
        follower = blocks[number + 1] if number + 1 < len(blocks) else None
        if isinstance(follower, nn.BatchNorm2d):
            factor, shift = _normalisation(follower)
            weight, bias = weight * factor.reshape(1, -1, 1, 1), bias * factor + shift
        yield (
            {
                "kind": "deconvolution",
                "n_in": block.in_channels,
                "n_out": block.out_channels,
                "kernel": block.kernel_size[0],
                "stride": block.stride[0],
                "padding": int(block.padding[0]),
                "output_padding": block.output_padding[0],
            },
            weight,
            bias,
        )


def _normalisation(layer: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Give factor and shift of each channel, which in inference mode are all that the layer does."""
    if layer.running_mean is None or layer.running_var is None:
        raise ValueError("a batch normalisation without running statistics cannot be exported")
    factor = layer.weight.detach().cpu().double() / torch.sqrt(layer.running_var.cpu().double() + layer.eps)
    return factor, layer.bias.detach().cpu().double() - layer.running_mean.cpu().double() * factor

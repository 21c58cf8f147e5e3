"""The beta-VAE of two-plane track images, and its loss.

Array conventions:
    images  (n, plane, wires, ticks)  float32, transformed ADC
    mu, logvar  (n, latent_dim)  mean and log variance of the code of each image
"""

import copy
from itertools import pairwise
from typing import Final, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from rootline.lartpc.convolutions import Convolution, Deconvolution
from rootline.lartpc.detector import PLANES
from rootline.lartpc.runs import ModelConfig, check_image_size

ACTIVATIONS: Final[dict[str, type[nn.Module]]] = {
    "relu": nn.ReLU,
    "softplus": nn.Softplus,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky_relu": nn.LeakyReLU,
}


class Decoded(NamedTuple):
    """An image decoded from a sampled latent, with the distribution that it was sampled from."""

    images: Tensor
    mu: Tensor
    logvar: Tensor


class BetaVAE(nn.Module):
    """Convolutional variational autoencoder of images with two planes.

    Parameters
    ----------
    config : ModelConfig
        Widths, kernels and activation.
    size : int
        Height and width of the images [pixels].

    Attributes
    ----------
    code_shape : tuple of int
        (maps, wires, ticks) between the encoder and the linear layers.

    Raises
    ------
    ValueError
        If the blocks cannot divide `size`.
    """

    def __init__(self, config: ModelConfig, *, size: int) -> None:
        super().__init__()
        check_image_size(size, config)
        widths = (len(PLANES), *config.channels)
        side = size // config.stride ** len(config.channels)
        self.code_shape = (widths[-1], side, side)
        n_code = widths[-1] * side * side
        activation = ACTIVATIONS[config.activation]
        blocks: list[nn.Module] = []
        for n_in, n_out in pairwise(widths):
            convolution = Convolution(n_in, n_out, config.kernel, stride=config.stride, padding=config.padding)
            blocks += [convolution, nn.BatchNorm2d(n_out), activation(), nn.Dropout2d(config.dropout)]
        self.encoder = nn.Sequential(*blocks)
        self.mu = nn.Linear(n_code, config.latent_dim)
        self.logvar = nn.Linear(n_code, config.latent_dim)
        self.from_latent = nn.Linear(config.latent_dim, n_code)
        blocks = []
        for n_in, n_out in pairwise(reversed(widths)):
            deconvolution = Deconvolution(
                n_in,
                n_out,
                config.kernel,
                stride=config.stride,
                padding=config.padding,
                # What makes a side exactly `stride` times longer; 1 for the paper's kernel 5, stride 2, padding 2.
                output_padding=config.stride - config.kernel + 2 * config.padding,
            )
            blocks += [deconvolution, nn.BatchNorm2d(n_out), activation()]
        del blocks[-2]  # no normalisation of the images themselves
        self.decoder = nn.Sequential(*blocks)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Give mu and logvar, each (n, latent_dim), of (n, plane, wires, ticks) images."""
        code = self.encoder(images).flatten(start_dim=1)
        return self.mu(code), self.logvar(code)

    def decode(self, latents: Tensor) -> Tensor:
        """Give (n, plane, wires, ticks) images of (n, latent_dim) latents."""
        code = self.from_latent(latents).unflatten(1, self.code_shape)
        decoded: Tensor = self.decoder(code)
        return decoded

    def forward(self, images: Tensor) -> Decoded:
        """Encode, sample a latent with torch's global generator, decode."""
        # Where layers compute with fewer digits, the latents are sampled and judged with all of them.
        mu, logvar = (each.to(images.dtype) for each in self.encode(images))
        sampled = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return Decoded(self.decode(sampled), mu, logvar)


def prepare_for_inference(network: BetaVAE) -> BetaVAE:
    """Give a copy in inference mode that computes the same with less work: batch normalisations folded into convolutions.

    A normalisation with fixed mean and variance is a factor and an offset of
    each map, which the convolution's weights and bias can hold. The last bits
    of what the copy gives differ; it cannot be trained, nor its weights written.
    """
    ready = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
    ready.encoder, ready.decoder = _fold(ready.encoder), _fold(ready.decoder)
    return ready


def _fold(layers: nn.Sequential) -> nn.Sequential:
    folded: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            before = cast("nn.Conv2d | nn.ConvTranspose2d", folded.pop())  # each stands right behind one
            folded.append(fuse_conv_bn_eval(before, layer, transpose=isinstance(before, nn.ConvTranspose2d)))
        elif not isinstance(layer, nn.Dropout2d):  # which does nothing here
            if isinstance(layer, nn.ReLU | nn.LeakyReLU | nn.SiLU):
                layer.inplace = True  # over the maps of the convolution before it, which nothing else reads
            folded.append(layer)
    return nn.Sequential(*folded)


def pixel_weights(images: Tensor, *, signal_weight: float, signal_threshold: float) -> Tensor:
    """Give how often the squared error of each pixel counts: signal `signal_weight` times, the rest once."""
    return torch.where(images > signal_threshold, signal_weight, 1.0)


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """Give the divergence (n,) of each N(mu, exp(logvar)) from the standard normal, summed over the last axis, the latents."""
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=-1)  # arXiv:1312.6114, appendix B


def vae_loss(
    model: BetaVAE, images: Tensor, *, beta: float, signal_weight: float, signal_threshold: float
) -> dict[str, Tensor]:
    """Give the terms of the loss as means over the batch.

    Returns
    -------
    dict of scalars
        loss = reconstruction + beta x kl; reconstruction, the sum of the
        weighted squared errors of an image; kl, not weighted.
    """
    decoded, mu, logvar = model(images)
    weights = pixel_weights(images, signal_weight=signal_weight, signal_threshold=signal_threshold)
    reconstruction = (weights * (decoded - images) ** 2).sum(dim=(1, 2, 3)).mean()
    kl = kl_divergence(mu, logvar).mean()
    return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}

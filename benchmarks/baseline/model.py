"""The paper's beta-VAE and its loss, written out for one architecture."""

import torch
from torch import Tensor, nn

SIDE = 3  # of the feature maps between encoder and decoder, for images of 48 x 48
WIDTH = 256


class PlainVAE(nn.Module):
    """Four convolutions down to a latent of 8 numbers, four up to the image."""

    def __init__(self, latent_dim: int = 8) -> None:
        super().__init__()
        # The order in which layers are made decides their first weights.
        self.encoder = nn.Sequential(*down(2, 32), *down(32, 64), *down(64, 128), *down(128, WIDTH))
        self.mu = nn.Linear(WIDTH * SIDE * SIDE, latent_dim)
        self.logvar = nn.Linear(WIDTH * SIDE * SIDE, latent_dim)
        self.from_latent = nn.Linear(latent_dim, WIDTH * SIDE * SIDE)
        self.decoder = nn.Sequential(
            *up(WIDTH, 128),
            *up(128, 64),
            *up(64, 32),
            nn.ConvTranspose2d(32, 2, 5, stride=2, padding=2, output_padding=1),
            nn.ReLU(),
        )

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean and log variance of the latents."""
        code = self.encoder(images).flatten(1)
        return self.mu(code), self.logvar(code)

    def decode(self, latents: Tensor) -> Tensor:
        """Give the images of latents."""
        return self.decoder(self.from_latent(latents).view(-1, WIDTH, SIDE, SIDE))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, sample, decode."""
        mu, logvar = self.encode(images)
        latents = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.decode(latents), mu, logvar


def down(n_in: int, n_out: int) -> list[nn.Module]:
    """Give the layers that halve an image's sides."""
    return [nn.Conv2d(n_in, n_out, 5, stride=2, padding=2), nn.BatchNorm2d(n_out), nn.ReLU()]


def up(n_in: int, n_out: int) -> list[nn.Module]:
    """Give the layers that double an image's sides."""
    deconvolution = nn.ConvTranspose2d(n_in, n_out, 5, stride=2, padding=2, output_padding=1)
    return [deconvolution, nn.BatchNorm2d(n_out), nn.ReLU()]


def weighted_errors(decoded: Tensor, images: Tensor) -> Tensor:
    """Give the squared error of each pixel, ten times that of signal."""
    weights = torch.ones_like(images)
    weights[images > 0.01] = 10.0
    return weights * (decoded - images) ** 2


def vae_loss(model: PlainVAE, images: Tensor, beta: float = 0.5) -> tuple[Tensor, Tensor, Tensor]:
    """Give loss, reconstruction term and KL term, as means over the batch."""
    decoded, mu, logvar = model(images)
    reconstruction = weighted_errors(decoded, images).sum(dim=(1, 2, 3)).mean()
    kl = (0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)).mean()
    return reconstruction + beta * kl, reconstruction, kl

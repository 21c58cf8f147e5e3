"""Training and inference with a data loader, image by image and step by step."""

import copy
from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from benchmarks.baseline.model import PlainVAE, vae_loss, weighted_errors

BATCH_TO_ENCODE = 8


class Images(Dataset[torch.Tensor]):
    """Raw images, transformed one by one as they are asked for."""

    def __init__(self, images: NDArray[np.float32]) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> torch.Tensor:
        return torch.log1p(torch.clamp(torch.from_numpy(self.images[row]), min=0))


def train_vae(
    train: NDArray[np.float32],
    val: NDArray[np.float32],
    *,
    epochs: int,
    order_of: Callable[[int], Iterable[int]],
    seed_of: Callable[[int | None], int],
    weights_seed: int,
) -> tuple[PlainVAE, list[dict[str, float]]]:
    """Train the paper's model for some epochs and keep the weights of the best one.

    Parameters
    ----------
    train, val : (n, 2, 48, 48) arrays
        Raw ADC.
    epochs : int
        All are done.
    order_of : function
        From the epoch, counted from 1, to the order of the rows.
    seed_of : function
        From the epoch to torch's seed; None asks for that of every validation.
    weights_seed : int
        Torch's seed for the first weights.
    """
    torch.manual_seed(weights_seed)
    model = PlainVAE()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
    best_loss, best, history = np.inf, None, []
    for epoch in range(1, epochs + 1):
        torch.manual_seed(seed_of(epoch))
        model.train()
        losses = []
        for images in DataLoader(Images(train), batch_size=32, sampler=list(order_of(epoch)), generator=unused()):
            optimiser.zero_grad()
            loss, _, _ = vae_loss(model, images)
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        torch.manual_seed(seed_of(None))
        model.eval()
        val_losses = []
        with torch.no_grad():
            for images in DataLoader(Images(val), batch_size=32, generator=unused()):
                loss, _, _ = vae_loss(model, images)
                val_losses.append(loss.item())
        history.append({"epoch": epoch, "train_loss": np.mean(losses), "val_loss": np.mean(val_losses)})
        if history[-1]["val_loss"] < best_loss - 1e-4:
            best_loss, best = history[-1]["val_loss"], copy.deepcopy(model.state_dict())
    if best is not None:
        model.load_state_dict(best)
    return model, history


def encode_images(model: PlainVAE, images: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give mu, log variance and the plain and the weighted reconstruction error of each image, (n, 2 latent_dim + 2)."""
    model.eval()
    rows = []
    with torch.no_grad():
        for batch in DataLoader(Images(images), batch_size=BATCH_TO_ENCODE):
            mu, logvar = model.encode(batch)
            decoded = model.decode(mu)
            plain = ((decoded - batch) ** 2).mean(dim=(1, 2, 3))
            weighted = weighted_errors(decoded, batch).mean(dim=(1, 2, 3))
            for number in range(len(batch)):
                errors = [plain[number].item(), weighted[number].item()]
                rows.append(np.concatenate([mu[number].numpy(), logvar[number].numpy(), errors]))
    return np.array(rows)


def unused() -> torch.Generator:
    """Give a loader's own generator: without one it draws a seed from torch's, and other latents would be sampled."""
    return torch.Generator()

"""What a model holds, as NumPy arrays by name, out and in."""

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.core.training_state import Arrays


def to_host(tensors: Mapping[str, Tensor]) -> Arrays:
    """Copy tensors to NumPy arrays of their own, waiting for their device once."""
    on_gpu = any(tensor.is_cuda for tensor in tensors.values())
    copies = {name: tensor.detach().to("cpu", non_blocking=on_gpu, copy=True) for name, tensor in tensors.items()}
    if on_gpu:
        torch.cuda.current_stream().synchronize()
    return {name: copy.numpy() for name, copy in copies.items()}


def copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors to memory of their own on their device, which is not waited for."""
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def load_weights(model: nn.Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Put weights by name into a model that has the very same names and shapes.

    Raises
    ------
    ValueError
        Naming the first name that is missing, unknown, or of another shape.
    """
    own = model.state_dict()
    for name in sorted(own.keys() | weights.keys()):
        if name not in weights or name not in own:
            raise ValueError(f"the weights {'lack' if name in own else 'have an unknown'} {name}")
        shape = tuple(own[name].shape)
        if weights[name].shape not in (shape, shape or (1,)):  # a file may hold a single number as a list of one
            raise ValueError(f"{name} has shape {weights[name].shape}, the model's is {shape}")
    model.load_state_dict({name: torch.from_numpy(weights[name]).reshape(own[name].shape) for name in own})

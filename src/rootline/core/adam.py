"""Adam for the parameters of a model, with its state as tensors by name."""

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.core.training_state import ADAM_TERMS


class NamedAdam:
    """Adam whose step and moments lie in memory from the start.

    The optimiser would make them in its first step; a step that is recorded
    as a CUDA graph must find them made.

    On a CPU, torch's fused step copies each tensor that does not lie in
    row-major order, and its gradient and moments, before it does its work.
    There a parameter such as a weight in channels-last order is handed to it
    as what it is in memory, one row of numbers.

    Parameters
    ----------
    model : nn.Module
        On its device, in its memory layout, with its weights.
    lr, weight_decay : float
        As of `torch.optim.Adam`.
    state : dict of arrays
        As `tensors` names them; empty for a start.
    capturable : bool
        Whether steps are to be recorded as CUDA graphs.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        lr: float,
        weight_decay: float,
        state: Mapping[str, NDArray[Any]],
        capturable: bool = False,
    ) -> None:
        self._parameters = dict(model.named_parameters())
        self._rows = {
            name: nn.Parameter(_as_row(parameter.detach()))
            for name, parameter in self._parameters.items()
            if parameter.device.type == "cpu" and not parameter.is_contiguous()
        }
        own = [self._rows.get(name, parameter) for name, parameter in self._parameters.items()]
        self._adam = torch.optim.Adam(own, lr, weight_decay=weight_decay, fused=True, capturable=capturable)
        self._tensors: dict[str, Tensor] = {}
        for (name, parameter), seen in zip(self._parameters.items(), own, strict=True):
            for term in ADAM_TERMS:
                # The step walks through memory: each moment needs the memory layout of its parameter.
                made = torch.zeros((), device=parameter.device) if term == "step" else torch.zeros_like(parameter)
                if f"{term}.{name}" in state:
                    made.copy_(torch.from_numpy(state[f"{term}.{name}"]).reshape(made.shape))
                self._tensors[f"{term}.{name}"] = made
                self._adam.state[seen][term] = made if seen is parameter or term == "step" else _as_row(made)

    def tensors(self) -> dict[str, Tensor]:
        """Name its tensors as `TrainingState` does; each has the shape of its parameter and changes with every step."""
        return self._tensors

    def forget_gradients(self) -> None:
        """Make room for the gradients of the next step."""
        self._adam.zero_grad(set_to_none=True)
        for name in self._rows:  # the optimiser knows the rows alone
            self._parameters[name].grad = None

    def step(self) -> None:
        """Change the parameters by their gradients."""
        for name, row in self._rows.items():
            parameter = self._parameters[name]
            axes, gradient = _axes_in_memory(parameter), parameter.grad  # which torch gives the same memory layout
            row.grad = None if gradient is None else gradient.permute(axes).reshape(-1)
        self._adam.step()


def _axes_in_memory(tensor: Tensor) -> list[int]:
    return sorted(range(tensor.dim()), key=tensor.stride, reverse=True)


def _as_row(tensor: Tensor) -> Tensor:
    """Give a view of a tensor without gaps as one row, in the order of its memory."""
    return tensor.permute(_axes_in_memory(tensor)).view(-1)

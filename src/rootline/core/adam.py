"""Adam for the parameters of a model, with its state as tensors by name."""

from collections.abc import Mapping
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.adam import adam

from rootline.core.training_state import ADAM_TERMS

# As Kingma and Ba propose (arXiv:1412.6980, algorithm 1), and torch's defaults.
_BETA1: Final = 0.9
_BETA2: Final = 0.999
_EPS: Final = 1e-8


class NamedAdam:
    """Adam whose step and moments lie in memory from the start.

    It calls torch's step as a function. `torch.optim.Adam` does the same, but
    to make one imports torch's compiler, which takes a second in every
    training; and it makes the moments in its first step, where a step that is
    recorded as a CUDA graph must find them made.

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
    """

    def __init__(self, model: nn.Module, *, lr: float, weight_decay: float, state: Mapping[str, NDArray[Any]]) -> None:
        self._lr, self._weight_decay = lr, weight_decay
        self._parameters = dict(model.named_parameters())
        self._tensors: dict[str, Tensor] = {}
        for name, parameter in self._parameters.items():
            for term in ADAM_TERMS:
                # The step walks through memory: each moment needs the memory layout of its parameter.
                made = torch.zeros((), device=parameter.device) if term == "step" else torch.zeros_like(parameter)
                if f"{term}.{name}" in state:
                    made.copy_(torch.from_numpy(state[f"{term}.{name}"]).reshape(made.shape))
                self._tensors[f"{term}.{name}"] = made

    def tensors(self) -> dict[str, Tensor]:
        """Name its tensors as `TrainingState` does; each has the shape of its parameter and changes with every step."""
        return self._tensors

    def forget_gradients(self) -> None:
        """Make room for the gradients of the next step."""
        for parameter in self._parameters.values():
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change the parameters by their gradients; one that has none stays as it is."""
        parameters, gradients = [], []
        moments: dict[str, list[Tensor]] = {term: [] for term in ADAM_TERMS}
        for name, parameter in self._parameters.items():
            if parameter.grad is None:
                continue
            axes = _axes_of_row(parameter)
            parameters.append(_as_row(parameter, axes))
            gradients.append(_as_row(parameter.grad, axes))
            for term, stepped in moments.items():
                tensor = self._tensors[f"{term}.{name}"]
                stepped.append(tensor if term == "step" else _as_row(tensor, axes))
        adam(
            parameters,
            gradients,
            moments["exp_avg"],
            moments["exp_avg_sq"],
            [],
            moments["step"],
            fused=True,
            amsgrad=False,
            beta1=_BETA1,
            beta2=_BETA2,
            lr=self._lr,
            weight_decay=self._weight_decay,
            eps=_EPS,
            maximize=False,
        )


def _axes_of_row(parameter: Tensor) -> list[int] | None:
    """Give a parameter's axes in the order of its memory, and None where the step takes it as it is."""
    if parameter.device.type != "cpu" or parameter.is_contiguous():
        return None
    return sorted(range(parameter.dim()), key=parameter.stride, reverse=True)


def _as_row(tensor: Tensor, axes: list[int] | None) -> Tensor:
    """Give a tensor as one row in the order of these axes, a view where that is its order in memory."""
    return tensor if axes is None else tensor.permute(axes).reshape(-1)

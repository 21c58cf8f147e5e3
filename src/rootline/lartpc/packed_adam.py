"""Adam for several models at once: that of torch with an L2 penalty, with a rate, a penalty and a step count of each model.

Array conventions, K models of P parameters:
    rows  (K, P)
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor

# The defaults of torch.optim.Adam, which core.training uses.
BETAS: Final = (0.9, 0.999)
EPS: Final = 1e-8


class AdamState(NamedTuple):
    """Steps (K, 1) that each model has done, and its moments as rows."""

    step: Tensor
    exp_avg: Tensor
    exp_avg_sq: Tensor


class PackedAdam:
    """Adam's state of several models.

    Parameters
    ----------
    state : AdamState
        Where each model stands; written to by `step`.
    lr, weight_decay : sequence of float
        Learning rate and L2 penalty of each model.
    """

    def __init__(self, state: AdamState, *, lr: Sequence[float], weight_decay: Sequence[float]) -> None:
        self.state = state
        like = {"dtype": torch.float64, "device": state.step.device}
        self._lr = torch.tensor(lr, **like).unsqueeze(1)  # type: ignore[arg-type]
        self._weight_decay = torch.tensor(weight_decay, **like).unsqueeze(1)  # type: ignore[arg-type]

    @torch.no_grad()
    def step(self, rows: Tensor, gradient: Tensor) -> None:
        """Take one step of each model, in place."""
        step, exp_avg, exp_avg_sq = self.state
        step.add_(1)
        # In double precision, as torch does: 1 - 0.999 has lost five of seven digits in single precision.
        bias, bias_sq = (1 - beta ** step.double() for beta in BETAS)
        gradient = gradient.addcmul(rows, self._weight_decay.to(rows.dtype))
        exp_avg.lerp_(gradient, 1 - BETAS[0])
        exp_avg_sq.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        spread = exp_avg_sq.sqrt().div_(bias_sq.sqrt().to(rows.dtype)).add_(EPS)
        rows.sub_(exp_avg.div(spread).mul_((self._lr / bias).to(rows.dtype)))

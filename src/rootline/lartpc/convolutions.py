"""Convolutions that give what torch's own do, by other routes where these are slow on a CPU.

Two routes are. The gradient of the weights, where each map has few places:
oneDNN needs 1.4 times as long as the matrix products that it consists of, and
torch then copies it to another order of memory. And a transposed convolution
to few maps, whose products are too narrow: here it is one convolution that
makes all pixels of a place as maps of their own, which are then put beside
each other.

Array conventions:
    images, maps  (n, map, wires, ticks)
    weights of a convolution  (map out, map in, kernel, kernel), of a transposed one  (map in, map out, kernel, kernel)
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.nn.grad import conv2d_input, conv2d_weight

_FEW_PLACES = 16  # of a map; the innermost ones of the paper's model have 3 x 3
_FEW_MAPS = 4


class Convolution(nn.Conv2d):
    """A convolution with a square kernel, a bias, and the same stride and padding along both axes."""

    def __init__(
        self, n_in: int, n_out: int, kernel: int, *, stride: int, padding: int, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__(n_in, n_out, kernel, stride, padding, dtype=dtype)

    def forward(self, images: Tensor) -> Tensor:
        """Give the maps of images."""
        stride, padding = self.stride[0], int(self.padding[0])
        sides = [(side + 2 * padding - self.kernel_size[0]) // stride + 1 for side in images.shape[2:]]
        if not _may_be_slow(images) or sides[0] * sides[1] > _FEW_PLACES:
            return super().forward(images)
        return _apply(_Convolve, images, self, stride, padding)


class Deconvolution(nn.ConvTranspose2d):
    """A transposed convolution that makes `stride` x `stride` pixels of each place, with a square kernel and a bias."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: int,
        *,
        stride: int,
        padding: int,
        output_padding: int,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(n_in, n_out, kernel, stride, padding, output_padding, dtype=dtype)

    def forward(self, images: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Give the maps of images."""
        stride, padding = self.stride[0], int(self.padding[0])
        is_as_described = self.output_padding[0] == stride + 2 * padding - self.kernel_size[0] and output_size is None
        is_slow = _may_be_slow(images) and (_has_few_places(images) or self.out_channels <= _FEW_MAPS)
        if not is_as_described or not is_slow:
            return super().forward(images, output_size)
        return _apply(_Deconvolve, images, self, stride, padding)


def _may_be_slow(images: Tensor) -> bool:
    """Whether torch's own routes may be the slow ones."""
    return images.device.type == "cpu"


def _has_few_places(maps: Tensor) -> bool:
    return maps.shape[2] * maps.shape[3] <= _FEW_PLACES


def _apply(
    function: type[torch.autograd.Function], images: Tensor, layer: nn.Conv2d | nn.ConvTranspose2d, *steps: int
) -> Tensor:
    tensors = [images, layer.weight, cast("Tensor", layer.bias)]
    if torch.is_autocast_enabled("cpu"):  # which knows torch's own layers alone
        tensors = [tensor.to(torch.get_autocast_dtype("cpu")) for tensor in tensors]
    return cast("Tensor", function.apply(*tensors, *steps))


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.steps = stride, padding
        return functional.conv2d(images, weight, bias, stride, padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        of_images = conv2d_input(images.shape, weight, gradient, *ctx.steps) if ctx.needs_input_grad[0] else None
        of_weight = _gradient_of_weight(gradient, images, weight, *ctx.steps)
        return of_images, of_weight, gradient.sum((0, 2, 3)), None, None


class _Deconvolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.steps = stride, padding
        if weight.shape[1] <= _FEW_MAPS:
            return _deconvolve_by_shuffling(images, weight, bias, stride, padding)
        beyond = stride + 2 * padding - weight.shape[2]
        return functional.conv_transpose2d(images, weight, bias, stride, padding, beyond)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        of_images = functional.conv2d(gradient, weight, None, *ctx.steps) if ctx.needs_input_grad[0] else None
        of_weight = _gradient_of_weight(images, gradient, weight, *ctx.steps)
        return of_images, of_weight, gradient.sum((0, 2, 3)), None, None


def _gradient_of_weight(coarse: Tensor, fine: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Give the gradient of the weights between coarse and fine maps, (coarse map, fine map, kernel, kernel)."""
    if _has_few_places(coarse):
        return _gradient_by_rows(coarse, fine, weight.shape[2], stride, padding)
    return cast("Tensor", conv2d_weight(fine, weight.shape, coarse, stride, padding))


def _gradient_by_rows(coarse: Tensor, fine: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """Give it by one matrix product for each row of the kernel, in channels-last order.

    It is the sum, over images and places, of coarse times what the kernel
    sees of fine there. Places for which the row lies in the padding are left out.
    """
    coarse, fine = coarse.permute(0, 2, 3, 1), fine.permute(0, 2, 3, 1)
    n_wires, n_ticks, n_coarse = coarse.shape[1:]
    beyond = (n_ticks - 1) * stride + kernel - padding - fine.shape[2]
    windows = functional.pad(fine, (0, 0, padding, beyond)).unfold(2, kernel, stride).transpose(3, 4)
    gradient = coarse.new_zeros(n_coarse, kernel, kernel * fine.shape[3])
    for row in range(kernel):
        first = max(0, -((row - padding) // stride))
        last = min(n_wires - 1, (fine.shape[1] - 1 - row + padding) // stride)
        if first <= last:
            begin, end = first * stride + row - padding, last * stride + row - padding
            seen = windows[:, begin : end + 1 : stride].reshape(-1, gradient.shape[2])
            torch.mm(coarse[:, first : last + 1].reshape(-1, n_coarse).t(), seen, out=gradient[:, row])
    return gradient.view(n_coarse, kernel, kernel, -1).permute(0, 3, 1, 2)


def _deconvolve_by_shuffling(images: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
    # Pixel q * stride + r of a map is the sum over d of place q - d times tap d * stride + r + padding of the kernel.
    reach = max((padding + stride - 1) // stride, (weight.shape[2] - 1 - padding) // stride)
    steps = torch.arange(reach, -reach - 1, -1)  # a convolution goes through the places the other way
    taps = steps * stride + torch.arange(stride)[:, None] + padding
    inside = (taps >= 0) & (taps < weight.shape[2])
    taps = torch.where(inside, taps, 0)
    # (map in, map out, r of wires, d of wires, r of ticks, d of ticks)
    parts = weight[:, :, taps[:, :, None, None], taps] * (inside[:, :, None, None] & inside)
    kernels = parts.permute(1, 2, 4, 0, 3, 5).flatten(0, 2)
    maps = functional.conv2d(images, kernels, bias.repeat_interleave(stride * stride), padding=reach)
    return functional.pixel_shuffle(maps, stride)

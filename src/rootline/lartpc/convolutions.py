"""Convolutions that give what torch's own do, by other routes where these are slow on a CPU.

Two kinds are slow. Where maps have few places, a third of what a kernel sees lies
in the padding, and oneDNN multiplies it, too; here the gradient of the
weights and the transposed convolution are matrix products of what lies
inside. And a transposed convolution to few maps has products that are too
narrow: here it is one convolution that makes all pixels of a place, or of two
neighbouring ones, as maps of their own, which are then put beside each other.

A convolution and a transposed one are the same sum between coarse maps and
fine ones, which have `stride` times as many wires and ticks.

Array conventions:
    images, maps  (n, map, wires, ticks)
    weights  (coarse map, fine map, kernel, kernel): (out, in) of a convolution, (in, out) of a transposed one
"""

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.nn.grad import conv2d_weight

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
        is_as_described = [side * stride for side in sides] == list(images.shape[2:])
        if not is_as_described or not _may_be_slow(images) or sides[0] * sides[1] > _FEW_PLACES:
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
        of_images = _deconvolve(gradient, weight, None, *ctx.steps) if ctx.needs_input_grad[0] else None
        of_weight = _gradient_of_weight(gradient, images, weight, *ctx.steps)
        return of_images, of_weight, gradient.sum((0, 2, 3)), None, None


class _Deconvolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.steps = stride, padding
        return _deconvolve(images, weight, bias, stride, padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        of_images = functional.conv2d(gradient, weight, None, *ctx.steps) if ctx.needs_input_grad[0] else None
        of_weight = _gradient_of_weight(images, gradient, weight, *ctx.steps)
        return of_images, of_weight, gradient.sum((0, 2, 3)), None, None


def _gradient_of_weight(coarse: Tensor, fine: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Give the gradient of the weights between coarse and fine maps."""
    if _has_few_places(coarse):
        return _gradient_by_products(coarse, fine, weight.shape[2], stride, padding)
    return cast("Tensor", conv2d_weight(fine, weight.shape, coarse, stride, padding))


def _deconvolve(coarse: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """Give the fine maps of coarse ones."""
    if weight.shape[1] <= _FEW_MAPS:
        return _deconvolve_by_shuffling(coarse, weight, bias, stride, padding)
    # With fewer digits it would be no faster, and each product added would be rounded again.
    if _has_few_places(coarse) and coarse.dtype.itemsize >= torch.float32.itemsize:
        return _deconvolve_by_products(coarse, weight, bias, stride, padding)
    beyond = stride + 2 * padding - weight.shape[2]
    return functional.conv_transpose2d(coarse, weight, bias, stride, padding, beyond)


def _gradient_by_products(coarse: Tensor, fine: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """Give the gradient of the weights, in channels-last order: coarse times what the kernel sees of fine, summed over images and places."""
    n_coarse, n_fine = coarse.shape[1], fine.shape[1]
    coarse_rows, fine_rows = _as_rows(coarse, 1), _as_rows(fine, stride)
    gradient = coarse.new_zeros(n_coarse, kernel, kernel * n_fine)
    # In bfloat16 the sum is rounded at every tick of the places; that makes it 0.22 % wrong, where torch's is 0.17 %.
    for places, seen, taps in _products(coarse, n_fine, kernel, stride, padding):
        gradient[taps].addmm_(coarse_rows[places].t(), fine_rows[seen])
    return gradient.view(n_coarse, kernel, kernel, n_fine).permute(0, 3, 1, 2)


def _deconvolve_by_products(coarse: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """Give the fine maps, in channels-last order: where the kernel stands at a place, each tap adds its share of it."""
    n, _, n_wires, n_ticks = coarse.shape
    n_fine, kernel = weight.shape[1:3]
    coarse_rows, kernels = _as_rows(coarse, 1), weight.permute(0, 2, 3, 1).flatten(2)
    start = coarse.new_zeros(n_fine) if bias is None else bias
    fine_rows = start.repeat(stride, n_wires * n, n_ticks * stride)
    for places, seen, taps in _products(coarse, n_fine, kernel, stride, padding):
        fine_rows[seen].addmm_(coarse_rows[places], kernels[taps])
    fine = fine_rows.view(stride, n_wires, n, n_ticks * stride, n_fine).permute(2, 1, 0, 3, 4)
    return fine.flatten(1, 2).permute(0, 3, 1, 2)


def _as_rows(maps: Tensor, stride: int) -> Tensor:
    """Lay maps out as (wire modulo `stride`, wire / `stride` x n, tick x map).

    What a row of a kernel sees at all wires and of all images is a block of rows then.
    """
    n, n_maps, n_wires, n_ticks = maps.shape
    rows = maps.permute(2, 0, 3, 1).reshape(n_wires // stride, stride, n, n_ticks * n_maps)
    return rows.transpose(0, 1).flatten(1, 2)


_Index = tuple[int | slice, ...]


def _products(
    coarse: Tensor, n_fine: int, kernel: int, stride: int, padding: int
) -> Iterator[tuple[_Index, _Index, _Index]]:
    """Give the matrices that belong together, for each row of the kernel and each tick of the coarse maps.

    They are blocks of the coarse maps and of what the kernel sees of the fine
    ones, both as `_as_rows` lays them out, and of the weights as (coarse map,
    row of the kernel, column of the kernel x fine map). What lies in the
    padding is left out.
    """
    n, n_coarse, n_wires, n_ticks = coarse.shape
    for row in range(kernel):
        shift, phase = divmod(row - padding, stride)  # at wire w it sees wire (w + shift) * stride + phase
        first, end = max(0, -shift), min(n_wires, n_wires - shift)
        for tick in range(n_ticks):
            begin = tick * stride - padding
            left, right = max(0, begin), min(n_ticks * stride, begin + kernel)
            if first < end and left < right:
                yield (
                    (0, slice(first * n, end * n), slice(tick * n_coarse, (tick + 1) * n_coarse)),
                    (phase, slice((first + shift) * n, (end + shift) * n), slice(left * n_fine, right * n_fine)),
                    (slice(None), row, slice((left - begin) * n_fine, (right - begin) * n_fine)),
                )


def _deconvolve_by_shuffling(coarse: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
    """Give the fine maps, in channels-last order: one convolution makes all pixels of some neighbouring places as maps of their own."""
    n, _, n_wires, n_ticks = coarse.shape
    n_fine, kernel = weight.shape[1:3]
    # Two wherever ticks can be paired: oneDNN makes the sixteen maps that the paper's model has then in the time of eight.
    places = 2 if n_ticks % 2 == 0 else 1
    reach = max((padding + stride - 1) // stride, (kernel - 1 - padding) // stride)
    wires, ticks = (_taps(stride, n_places, reach, padding) for n_places in (1, places))
    inside = ((wires >= 0) & (wires < kernel))[:, :, None, None] & (ticks >= 0) & (ticks < kernel)
    taps = wires.clamp(0, kernel - 1)[:, :, None, None], ticks.clamp(0, kernel - 1)
    # (coarse map, fine map, pixel along the wires, wires seen, pixel along the ticks, ticks seen)
    parts = weight[:, :, *taps] * inside
    kernels = parts.permute(2, 4, 1, 0, 3, 5).flatten(0, 2)
    offsets = None if bias is None else bias.repeat(stride * places * stride)
    maps = functional.conv2d(coarse, kernels, offsets, stride=(1, places), padding=reach)
    pixels = maps.permute(0, 2, 3, 1).reshape(n, n_wires, n_ticks // places, stride, places * stride, n_fine)
    fine = pixels.transpose(2, 3).reshape(n, n_wires * stride, n_ticks * stride, n_fine)
    return fine.permute(0, 3, 1, 2)


def _taps(stride: int, places: int, reach: int, padding: int) -> Tensor:
    """Give which tap of the kernel joins each pixel of neighbouring places with each place that it is made of.

    Returns
    -------
    (places x stride, places + 2 x reach) tensor
        Some taps lie outside the kernel.
    """
    pixels, seen = torch.arange(places * stride), torch.arange(-reach, places + reach)
    return pixels[:, None] - seen * stride + padding

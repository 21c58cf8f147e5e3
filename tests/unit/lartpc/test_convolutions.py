"""The other routes give what torch's own layers give, forwards and backwards."""

import itertools

import pytest
import torch
from torch import nn

from rootline.lartpc.convolutions import Convolution, Deconvolution

GEOMETRIES = [(5, 2, 2), (3, 2, 1), (4, 2, 1), (3, 1, 1), (3, 3, 0), (7, 2, 3), (6, 3, 2), (5, 4, 1), (1, 1, 0)]
"""Kernel, stride and padding."""


def compare(own, plain, images):
    """Compare what both make of images, and all gradients."""
    plain.load_state_dict(own.state_dict())
    found = []
    for layer in (own, plain):
        leaf = images.clone().requires_grad_()
        maps = layer(leaf)
        gradient = torch.randn(maps.shape, generator=torch.Generator().manual_seed(1), dtype=maps.dtype)
        maps.backward(gradient)
        found.append((maps, leaf.grad, layer.weight.grad, layer.bias.grad))
    for mine, of_torch in zip(*found, strict=True):
        torch.testing.assert_close(mine, of_torch, rtol=1e-10, atol=1e-10)
    return found[0][0]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("kernel", "stride", "padding"), GEOMETRIES)
@pytest.mark.parametrize(("side", "n_maps"), [(1, 6), (3, 3), (3, 6), (4, 6), (8, 6)])
def test_a_convolution_to_few_places_is_that_of_torch(kernel, stride, padding, side, n_maps, layout):
    least = (side - 1) * stride + kernel - 2 * padding
    for wires, ticks in itertools.product(range(least, least + stride), repeat=2):
        images = torch.randn(4, n_maps, wires, ticks, dtype=torch.float64).contiguous(memory_format=layout)
        options = {"stride": stride, "padding": padding, "dtype": torch.float64}
        kinds = [kind(n_maps, 5, kernel, **options) for kind in (Convolution, nn.Conv2d)]
        maps = compare(*(kind.to(memory_format=layout) for kind in kinds), images)
        assert maps.shape[2:] == (side, side)
        by_another_route = wires == ticks == side * stride and side <= 4
        assert (type(maps.grad_fn).__name__ == "_ConvolveBackward") == by_another_route


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("kernel", "stride", "padding"), GEOMETRIES)
@pytest.mark.parametrize(("side", "n_maps"), [(1, 2), (1, 6), (3, 2), (3, 6), (9, 1), (9, 2), (9, 6)])
def test_a_deconvolution_to_few_maps_or_from_few_places_is_that_of_torch(kernel, stride, padding, side, n_maps, layout):
    for ticks, output_padding in itertools.product((side, side + 1), range(stride)):
        images = torch.randn(4, 5, side, ticks, dtype=torch.float64).contiguous(memory_format=layout)
        options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dtype": torch.float64}
        kinds = [kind(5, n_maps, kernel, **options) for kind in (Deconvolution, nn.ConvTranspose2d)]
        maps = compare(*(kind.to(memory_format=layout) for kind in kinds), images)
        by_another_route = maps.shape[2:] == (side * stride, ticks * stride) and (side <= 4 or n_maps <= 4)
        assert (type(maps.grad_fn).__name__ == "_DeconvolveBackward") == by_another_route


def test_the_gradient_of_weights_lies_in_memory_as_weights_of_the_other_layers_do():
    images = torch.randn(2, 6, 6, 6).contiguous(memory_format=torch.channels_last)
    layer = Convolution(6, 8, 5, stride=2, padding=2).to(memory_format=torch.channels_last)
    # Not .grad, which torch brings into that order by a copy.
    (gradient,) = torch.autograd.grad(layer(images).sum(), layer.weight)
    assert gradient.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("kinds", "shape", "n_out", "options"),
    [
        ((Convolution, nn.Conv2d), (4, 6, 6, 6), 3, {}),
        ((Deconvolution, nn.ConvTranspose2d), (4, 6, 3, 3), 6, {"output_padding": 0}),
        ((Deconvolution, nn.ConvTranspose2d), (4, 6, 8, 8), 3, {"output_padding": 0}),
    ],
)
def test_with_fewer_digits_they_give_what_torchs_layers_give_then(kinds, shape, n_out, options):
    kinds = [kind(6, n_out, 4, stride=2, padding=1, **options) for kind in kinds]
    kinds[1].load_state_dict(kinds[0].state_dict())
    images, found = torch.randn(shape), []
    for layer in kinds:
        leaf = images.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            maps = layer(leaf)
        maps.float().square().sum().backward()
        found.append((maps, leaf.grad, layer.weight.grad, layer.bias.grad))
    assert type(found[0][0].grad_fn).__name__ in ("_ConvolveBackward", "_DeconvolveBackward")
    assert found[0][0].dtype == torch.bfloat16
    for mine, of_torch in zip(*found, strict=True):
        assert mine.dtype == of_torch.dtype
        assert (mine - of_torch).norm() < 0.02 * of_torch.norm()  # a number has 8 binary digits


def test_of_no_images_they_make_no_maps():
    assert Convolution(6, 8, 5, stride=2, padding=2)(torch.zeros(0, 6, 6, 6)).shape == (0, 8, 3, 3)
    for n_maps in (2, 6):
        layer = Deconvolution(8, n_maps, 5, stride=2, padding=2, output_padding=1)
        maps = layer(torch.zeros(0, 8, 3, 3))
        assert maps.shape == (0, n_maps, 6, 6)
        maps.sum().backward()
        assert not layer.weight.grad.any()

"""Transforms of ADC against their formulae, on NumPy and torch."""

import numpy as np
import pytest
import torch

from rootline.core.errors import UserError
from rootline.lartpc.transforms import TRANSFORMS, apply_transform, fit_transform_scale

MPV = (483.0, 247.0)


def images(n=5, seed=0, highest=800):
    return np.random.default_rng(seed).uniform(-50, highest, size=(n, 2, 6, 6)).astype(np.float32)


def mpv_planes():
    return np.array(MPV, dtype=np.float64).reshape(2, 1, 1)


TRAIN = images(seed=1)
HIGHEST = float(TRAIN.max())
PERCENTILE = float(np.percentile(TRAIN, 99))
FORMULAE = {
    "none": lambda x: x,
    "log1p": lambda x: np.log(1 + x),
    "sqrt": lambda x: x**0.5,
    "cbrt": np.cbrt,
    "minmax": lambda x: x / HIGHEST,
    "log1p_minmax": lambda x: np.log(1 + x) / np.log(1 + HIGHEST),
    "clamp99_minmax": lambda x: np.minimum(x, PERCENTILE) / PERCENTILE,
    "tanh100": lambda x: np.tanh(x / 100),
    "tanh500": lambda x: np.tanh(x / 500),
    "mpv_linear": lambda x: x / mpv_planes(),
    "mpv_tanh": lambda x: np.tanh(x / mpv_planes()),
    "hill_mpv": lambda x: x / (x + mpv_planes()),
}


def test_every_transform_has_a_formula_here():
    assert set(FORMULAE) == set(TRANSFORMS)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transform_is_its_formula_after_negative_adc_is_set_to_zero(name):
    scale = fit_transform_scale(name, TRAIN, mpv=MPV)
    raw = images(seed=2)
    expected = FORMULAE[name](np.maximum(raw.astype(np.float64), 0))
    transformed = apply_transform(name, raw, scale)
    assert transformed.dtype == np.float32
    np.testing.assert_allclose(transformed, expected, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_torch_and_numpy_agree(name):
    scale = fit_transform_scale(name, TRAIN, mpv=MPV)
    raw = images(seed=3)
    transformed = apply_transform(name, torch.from_numpy(raw), scale)
    assert transformed.dtype == torch.float32
    np.testing.assert_allclose(transformed.numpy(), apply_transform(name, raw, scale), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transform_leaves_its_input_alone(name):
    raw = images()
    apply_transform(name, raw, fit_transform_scale(name, TRAIN, mpv=MPV))
    np.testing.assert_array_equal(raw, images())


@pytest.mark.parametrize("name", TRANSFORMS)
def test_more_charge_never_gives_less(name):
    scale = fit_transform_scale(name, TRAIN, mpv=MPV)
    rising = np.broadcast_to(np.linspace(0, 2000, 400, dtype=np.float32), (1, 2, 1, 400))
    assert (np.diff(apply_transform(name, rising, scale)) >= 0).all()


@pytest.mark.parametrize("name", ["minmax", "log1p_minmax", "clamp99_minmax"])
def test_a_minmax_transform_of_the_train_part_reaches_from_zero_to_one(name):
    scale = fit_transform_scale(name, TRAIN, mpv=MPV)
    transformed = apply_transform(name, TRAIN, scale)
    assert transformed.min() == 0
    assert transformed.max() == pytest.approx(1)


@pytest.mark.parametrize("name", ["minmax", "log1p_minmax", "clamp99_minmax"])
def test_images_without_charge_leave_no_scale(name):
    with pytest.raises(UserError, match=rf"train\.transform={name}: .* from 0 to 0 ADC.*choose another"):
        fit_transform_scale(name, np.zeros_like(TRAIN), mpv=MPV)


@pytest.mark.parametrize("name", ["tanh100", "tanh500", "mpv_linear", "mpv_tanh", "hill_mpv"])
def test_a_pixel_that_sums_many_cells_is_measured_against_so_many(name):
    raw = images(seed=4)
    of_one_cell = apply_transform(name, raw, fit_transform_scale(name, TRAIN, mpv=MPV))
    of_many = apply_transform(name, 33 * raw, fit_transform_scale(name, 33 * TRAIN, mpv=MPV, cells=33.0))
    np.testing.assert_allclose(of_many, of_one_cell, rtol=1e-5)

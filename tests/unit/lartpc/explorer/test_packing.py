"""Arrays in the page are those that went in, charge to the stated step."""

import base64
import zlib

import numpy as np
import pytest

from rootline.lartpc.explorer.packing import Profile, charge_levels, pack, pack_chunk, quantise_charge


def unpack(text):
    return zlib.decompress(base64.b64decode(text))


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<u2", ">i8"])
def test_numbers_are_packed_in_c_order_with_the_small_end_first(dtype):
    values = np.arange(12).reshape(3, 4).astype(dtype)
    packed = pack(values.T)
    np.testing.assert_array_equal(np.frombuffer(unpack(packed), values.dtype.newbyteorder("<")), values.T.ravel())


def test_charge_comes_back_within_half_a_step():
    largest = 10_000.0
    levels = charge_levels(largest)
    charge = np.random.default_rng(0).uniform(0.5, largest, 5000)
    half_step = np.exp(np.log1p(largest) / 510) - 1
    back = levels[quantise_charge(charge, levels)]
    assert (np.abs(back - charge) <= 1.01 * half_step * (1 + charge)).all()
    assert 0.018 < half_step < 0.019


def test_lit_pixels_stay_lit_and_dark_ones_dark():
    levels = charge_levels(1000.0)
    assert quantise_charge(np.array([-5.0, 0.0, 1e-6, 1000.0, 2000.0]), levels).tolist() == [0, 0, 1, 255, 255]


@pytest.mark.parametrize("largest", [0.0, 0.3])
def test_images_without_charge_have_levels_too(largest):
    levels = charge_levels(largest)
    assert np.isfinite(levels).all() and (np.diff(levels) > 0).all()


def test_a_chunk_holds_images_places_and_profiles_one_after_the_other():
    levels = charge_levels(100.0)
    images = np.random.default_rng(1).uniform(0, 100, (2, 2, 3, 4)).astype(np.float32)
    profiles = [
        (Profile(13, np.array([1, 100])), Profile(14, np.array([5, 6, 7]))),
        (Profile(15, np.array([9])), Profile(300, np.array([], dtype=np.int16))),
    ]
    data = unpack(pack_chunk(images, profiles, levels, levels))
    np.testing.assert_array_equal(np.frombuffer(data[:48], np.uint8), quantise_charge(images, levels).ravel())
    assert np.frombuffer(data[48:64], "<u2").tolist() == [13, 2, 14, 3, 15, 1, 300, 0]
    np.testing.assert_array_equal(
        np.frombuffer(data[64:], np.uint8), quantise_charge(np.array([1, 100, 5, 6, 7, 9.0]), levels)
    )

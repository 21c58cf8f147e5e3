from collections import deque

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label, regionprops
from tests.unit.lartpc.tiny import find_in_plane, of_plane, tiny_event

from rootline.core.device import array_module
from rootline.lartpc.finders import find_regions_by, pixels_for
from rootline.lartpc.labelling import MEASURED, WirePlane

RNG = np.random.default_rng(6)

images = arrays.arrays(
    np.int16,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.integers(-4, 40),
    fill=st.nothing(),
)


def pixels_of(found):
    return set(zip(found.wire.tolist(), found.tick.tolist(), found.adc.tolist(), strict=True))


def reference_regions(image, threshold):
    """Sets of (wire, tick, adc), in raster order of their first pixel."""
    regions = [
        {(int(wire), int(tick), int(image[wire, tick])) for wire, tick in region.coords}
        for region in regionprops(label(image > threshold, connectivity=2))
    ]
    return sorted(regions, key=min)


def reference_longest(image, threshold):
    best = set()
    for region in reference_regions(image, threshold):
        if len(region) > len(best):
            best = region
    return best


def reference_contrast(image, threshold):
    best, best_ratio = set(), 0.0
    for region in reference_regions(image, threshold):
        charges = [adc for _, _, adc in region]
        if max(charges) / min(charges) > best_ratio:
            best, best_ratio = region, max(charges) / min(charges)
    return best


def reference_seeded(image, neighbours):
    """Flood fill from the first highest pixel over all that exceed a sixth of it."""
    seed = np.unravel_index(np.argmax(image), image.shape)
    highest = int(image[seed])
    if highest <= highest / 6:
        return set()
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if abs(a) + abs(b) in ((1,) if neighbours == 4 else (1, 2))]
    reached, waiting = {(int(seed[0]), int(seed[1]))}, deque([(int(seed[0]), int(seed[1]))])
    while waiting:
        wire, tick = waiting.popleft()
        for step in steps:
            place = (wire + step[0], tick + step[1])
            inside = 0 <= place[0] < image.shape[0] and 0 <= place[1] < image.shape[1]
            if inside and place not in reached and image[place] > highest / 6:
                reached.add(place)
                waiting.append(place)
    return {(wire, tick, int(image[wire, tick])) for wire, tick in reached}


@given(images, st.integers(0, 30))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_longest_and_contrast_pick_the_reference_region_of_random_arrays(image, threshold):
    longest = find_in_plane(image, "longest", threshold=threshold)
    contrast = find_in_plane(image, "contrast", threshold=threshold)
    assert pixels_of(longest) == reference_longest(image, threshold)
    assert pixels_of(contrast) == reference_contrast(image, threshold)


@given(images, st.sampled_from([4, 8]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_seeded_region_of_random_arrays_is_a_flood_fill(image, neighbours):
    found = find_in_plane(image, "seeded", threshold=15, seed_neighbours=neighbours)
    assert pixels_of(found) == reference_seeded(image, neighbours)


def test_all_finders_agree_with_their_references_on_events():
    for _ in range(3):
        for image in tiny_event(RNG, n_tracks=5, ticks=128).reshape(2, 240, -1):
            assert pixels_of(find_in_plane(image, "longest", threshold=15)) == reference_longest(image, 15)
            assert pixels_of(find_in_plane(image, "contrast", threshold=15)) == reference_contrast(image, 15)
            assert pixels_of(find_in_plane(image, "seeded", threshold=15)) == reference_seeded(image, 8)
            connected = find_in_plane(image, "connected", threshold=15)
            assert pixels_of(connected) == set().union(*reference_regions(image, 15))


def test_on_ties_the_first_region_in_raster_order_is_picked():
    image = np.zeros((5, 9), np.int16)
    image[4, 0:2] = [20, 40]
    image[1, 5:7] = [40, 20]
    for finder in ("longest", "contrast", "seeded"):
        found = find_in_plane(image, finder, threshold=15)
        assert found.n_regions == 1
        assert (found.wire_min[0], found.tick_min[0]) == (1, 5)


@pytest.mark.parametrize("finder", ["connected", "longest", "contrast", "seeded"])
@pytest.mark.parametrize("value", [0, -7])
def test_a_plane_without_charge_has_no_region(finder, value):
    assert find_in_plane(np.full((4, 6), value, np.int16), finder, threshold=15).n_regions == 0


def of_planes_together(finder, planes, neighbours=8):
    pixels = [pixels_for(WirePlane(image), finder, threshold=9) for image in planes]
    return find_regions_by(finder, pixels, seed_neighbours=neighbours)


@pytest.mark.parametrize("neighbours", [4, 8])
@pytest.mark.parametrize("finder", ["connected", "longest", "contrast", "seeded"])
def test_a_finder_gives_of_planes_together_what_it_gives_of_each(finder, neighbours):
    planes = [*tiny_event(RNG, n_tracks=5).reshape(2, 240, -1), np.zeros((4, 9), np.int16)]
    planes.append(np.where(np.eye(12), 30, 0).astype(np.int16)[::-1])
    together = of_planes_together(finder, planes, neighbours)
    for number, image in enumerate(planes):
        one = of_plane(together, number)
        alone = find_in_plane(image, finder, threshold=9, seed_neighbours=neighbours)
        for name in (*MEASURED, "profile", "region", "wire", "tick", "adc"):
            np.testing.assert_array_equal(getattr(one, name), getattr(alone, name), err_msg=name)


def test_of_two_equally_high_pixels_the_first_is_the_seed_though_its_region_begins_later():
    image = np.zeros((6, 9), np.int16)
    image[0, 7:9] = image[1:5, 8] = 20
    image[4, 8] = 40  # of the region that begins first, the later one of the two highest
    image[2, 1:3] = [20, 40]
    found = find_in_plane(image, "seeded", threshold=15)
    assert pixels_of(found) == {(2, 1, 20), (2, 2, 40)}


@pytest.mark.gpu
@pytest.mark.parametrize("finder", ["connected", "longest", "contrast", "seeded"])
def test_every_finder_gives_the_same_on_the_gpu(finder):
    xp = array_module()
    silent = np.zeros((4, 9), np.int16)
    for planes in ([*tiny_event(RNG, n_tracks=5).reshape(2, 240, -1), silent], [silent, silent]):
        on_gpu = of_planes_together(finder, [xp.asarray(image) for image in planes]).to_host()
        for gpu, cpu in zip(on_gpu, of_planes_together(finder, planes), strict=True):
            np.testing.assert_array_equal(gpu, cpu)

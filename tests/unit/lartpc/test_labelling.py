import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label, regionprops
from tests.unit.lartpc.tiny import find_regions, of_plane, tiny_event

from rootline.core.device import array_module
from rootline.lartpc import labelling
from rootline.lartpc.labelling import MEASURED, Regions, WirePlane, pixels_above, places_above, select_regions

RNG = np.random.default_rng(5)


def reference_regions(image, threshold, neighbours=8):
    """Regions as PHYSICS defines them: scikit-image's labels and boxes, then plain loops over pixels."""
    labels = label(image > threshold, connectivity=2 if neighbours == 8 else 1)
    regions = []
    for region in regionprops(labels, intensity_image=image):
        wire_min, tick_min, wire_max, tick_max = region.bbox
        inside = np.where(region.image, image[region.slice], 0)
        pixels = [
            (wire_min + row, tick_min + column, int(inside[row, column]))
            for row in range(inside.shape[0])
            for column in range(inside.shape[1])
            if region.image[row, column]
        ]
        regions.append(
            {
                "wire_min": wire_min,
                "wire_max": wire_max,
                "tick_min": tick_min,
                "tick_max": tick_max,
                "n_pixels": int(region.area),
                "charge_sum": sum(adc for _, _, adc in pixels),
                "charge_max": max(adc for _, _, adc in pixels),
                "vertex_tick": tick_min + int(np.argmax(inside[0])),
                "profile": inside.max(axis=1).tolist(),
                "pixels": pixels,
            }
        )
    # scikit-image promises no order of its labels; the first pixel in raster order decides
    return sorted(regions, key=lambda region: region["pixels"][0][:2])


def as_dicts(found):
    """Regions in the reference's form."""
    ends = np.cumsum(found.wire_max - found.wire_min)
    result = []
    for index in range(found.n_regions):
        region = {name: int(getattr(found, name)[index]) for name in MEASURED}
        region["profile"] = found.profile[
            ends[index] - (region["wire_max"] - region["wire_min"]) : ends[index]
        ].tolist()
        mine = found.region == index
        region["pixels"] = list(
            zip(found.wire[mine].tolist(), found.tick[mine].tolist(), found.adc[mine].tolist(), strict=True)
        )
        result.append(region)
    return result


# in the order of the fields of Regions
DTYPES = [np.dtype(kind) for kind in ("i8", *["i4"] * 5, "i8", "i4", "i4", "i2", "i8", "i2", "i4", "i2")]


small_images = arrays.arrays(
    np.int16,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14),
    elements=st.integers(-3, 9),
    fill=st.nothing(),
)


@given(small_images, st.integers(0, 6), st.sampled_from([4, 8]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_regions_of_random_arrays_are_those_of_scikit_image(image, threshold, neighbours):
    expected = reference_regions(image, threshold, neighbours)
    for order in "<>":  # a ROOT file has the other one than most machines
        found = find_regions(image.astype(image.dtype.newbyteorder(order)), threshold, neighbours=neighbours)
        assert as_dicts(found) == expected
        assert found.adc.dtype == np.int16


@pytest.mark.parametrize("neighbours", [4, 8])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.59, 0.7, 0.95])
def test_regions_at_every_occupancy_are_those_of_scikit_image(share, neighbours):
    image = np.where(RNG.random((60, 90)) < share, RNG.integers(1, 500, (60, 90)), 0).astype(np.int16)
    assert as_dicts(find_regions(image, 0, neighbours=neighbours)) == reference_regions(image, 0, neighbours)


@pytest.mark.parametrize("threshold", [7, 15])
def test_regions_of_events_with_tracks_are_those_of_scikit_image(threshold):
    for _ in range(6):
        for image in tiny_event(RNG, n_tracks=6).reshape(2, 240, -1):
            assert as_dicts(find_regions(image, threshold)) == reference_regions(image, threshold)


@st.composite
def planes_with_silent_wires(draw):
    """Rows that were read out, their wires, and the whole image with zeros on the others."""
    values = st.integers(-3, 9)
    planes = []
    for _ in range(draw(st.integers(1, 3))):
        n_ticks = draw(st.integers(1, 10))
        wires = np.array(sorted(draw(st.sets(st.integers(0, 12)))), np.int64)
        rows = draw(arrays.arrays(np.int16, (len(wires), n_ticks), elements=values, fill=st.nothing()))
        whole = np.zeros((draw(st.integers(13, 15)), n_ticks), np.int16)
        whole[wires] = rows
        planes.append((WirePlane(rows, wires), whole))
    return planes


@given(planes_with_silent_wires(), st.integers(0, 4), st.sampled_from([4, 8]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_planes_together_have_the_regions_of_each_alone_and_silent_wires_need_no_row(planes, threshold, neighbours):
    pixels = [pixels_above(plane, threshold + number) for number, (plane, _) in enumerate(planes)]
    together = labelling.find_regions(pixels, neighbours=neighbours)
    for number, (_, whole) in enumerate(planes):
        alone = find_regions(whole, threshold + number, neighbours=neighbours)
        assert as_dicts(of_plane(together, number)) == as_dicts(alone)
    assert [values.dtype for values in together] == DTYPES


def test_a_comb_and_a_spiral_are_one_region_each():
    comb = np.zeros((41, 40), np.int16)
    comb[:-1, ::2] = 9  # teeth that meet on the last wire only
    comb[-1] = 9
    spiral = np.zeros((31, 31), np.int16)
    low, high = 0, 30
    while low < high:
        spiral[low, low : high + 1] = spiral[low : high + 1, high] = spiral[high, low : high + 1] = 9
        spiral[low + 2 : high + 1, low] = 9
        spiral[low + 2, low : low + 2] = 9
        low, high = low + 2, high - 2
    for image in (comb, spiral):
        assert as_dicts(find_regions(image, 5)) == reference_regions(image, 5)
        assert find_regions(image, 5).n_regions == 1


def test_the_end_of_one_wire_does_not_touch_the_start_of_the_next():
    image = np.zeros((3, 8), np.int16)
    image[0, -1] = image[1, 0] = image[2, -1] = 9
    assert find_regions(image, 5).n_regions == 3


def test_a_shifted_image_has_shifted_regions():
    image = tiny_event(RNG)[240:]
    padded = np.zeros((image.shape[0] + 5, image.shape[1] + 70), np.int16)
    padded[5:, 70:] = image
    one, other = find_regions(image, 15), find_regions(padded, 15)
    np.testing.assert_array_equal(other.wire_min, one.wire_min + 5)
    np.testing.assert_array_equal(other.vertex_tick, one.vertex_tick + 70)
    np.testing.assert_array_equal(other.profile, one.profile)


def test_the_largest_possible_charge_and_the_longest_waveform_are_handled():
    image = np.zeros((2, 65536), np.int16)
    image[0, 65530:] = 32767
    image[1, 0] = 32767
    assert as_dicts(find_regions(image, 0)) == reference_regions(image, 0)
    full = np.full((40, 3000), 32767, np.int16)
    assert int(find_regions(full, 0).charge_sum[0]) == 40 * 3000 * 32767


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (1, 8), (3, 5), (4, 16), (7, 3001)])
def test_places_above_a_threshold_are_those_of_numpy(shape, order):
    image = RNG.integers(-9, 10, shape).astype(f"{order}i2")
    for threshold in range(-10, 11):
        places = places_above(image, threshold)
        np.testing.assert_array_equal(places, np.flatnonzero(image > threshold))
    assert places.dtype == np.int64
    turned = image.T
    np.testing.assert_array_equal(places_above(turned, 0), np.flatnonzero(turned > 0))


def test_finding_places_leaves_the_settings_of_numpy():
    before = np.getbufsize()
    places_above(np.ones((2, 9), np.int16), 0)
    assert np.getbufsize() == before


def test_nothing_above_threshold_gives_no_region():
    found = find_regions(np.full((4, 5), 15, np.int16), 15)
    assert found.n_regions == 0
    assert all(len(values) == 0 for values in found)
    assert [values.dtype for values in found] == DTYPES


@pytest.mark.parametrize("chosen", [[], [0], [1], [2], [0, 2], [0, 1, 2]])
def test_selected_regions_are_what_they_were_among_the_others(chosen):
    image = np.zeros((9, 12), np.int16)
    image[0:3, 1] = image[4:6, 3:6] = image[7:9, 0:9] = RNG.integers(5, 99, 1)
    image[4, 4] = 150
    selected = select_regions(find_regions(image, 0), chosen)
    expected = reference_regions(image, 0)
    assert as_dicts(selected) == [expected[index] for index in chosen]
    assert selected.region.max(initial=-1) == len(chosen) - 1


def test_regions_say_which_plane_they_are_of_also_beside_empty_ones():
    images = [*tiny_event(RNG, n_tracks=4).reshape(2, 240, -1), np.full((1, 4), 8, np.int16)]
    empty = (np.zeros((3, 3), np.int16), np.zeros((0, 5), np.int16), np.zeros((2, 0), np.int16))
    planes = [images[0], empty[0], empty[1], images[1], empty[2], images[2], empty[0]]
    found = labelling.find_regions([pixels_above(WirePlane(image), 7) for image in planes])
    for number, image in enumerate(planes):
        assert as_dicts(of_plane(found, number)) == (reference_regions(image, 7) if image.size else [])
    assert set(found.plane.tolist()) == {0, 3, 5}


def test_a_run_that_fills_row_after_row_is_parted_at_their_ends():
    rows = np.full((3, 4), 9, np.int16)
    found = labelling.find_regions([pixels_above(WirePlane(rows, wires), 5) for wires in (np.array([2, 3, 7]), None)])
    assert found.plane.tolist() == [0, 0, 1]
    assert found.wire_min.tolist() == [2, 7, 0]
    assert found.wire_max.tolist() == [4, 8, 3]
    assert found.profile.tolist() == [9] * 6
    assert found.tick.tolist() == [0, 1, 2, 3] * 6


@pytest.mark.parametrize(
    ("image", "threshold"),
    [
        (np.zeros((3, 3), np.float32), 1),
        (np.zeros(9, np.int16), 1),
        (np.zeros((1, 65537), np.int16), 1),
        (np.zeros((3, 3), np.int16), -1),
    ],
)
def test_images_that_cannot_be_labelled_are_refused(image, threshold):
    with pytest.raises(ValueError, match="int16"):
        find_regions(image, threshold)


@pytest.mark.gpu
@pytest.mark.parametrize("neighbours", [4, 8])
def test_regions_on_the_gpu_are_those_on_the_cpu(neighbours):
    xp = array_module()
    wires = np.flatnonzero(np.arange(240) % 7)  # the others are silent
    planes = [WirePlane(image[wires], wires) for image in tiny_event(RNG, n_tracks=6).reshape(2, 240, -1)]
    sent = [WirePlane(xp.asarray(image), wires) for image, _ in planes]
    on_gpu, on_cpu = (
        labelling.find_regions(
            [pixels_above(plane, above) for plane, above in zip(each, [7, 15], strict=True)], neighbours=neighbours
        )
        for each in (sent, planes)
    )
    every_other = list(range(0, on_cpu.n_regions, 2))
    for gpu, cpu in ((on_gpu, on_cpu), (select_regions(on_gpu, every_other), select_regions(on_cpu, every_other))):
        for name, one, other in zip(Regions._fields, gpu.to_host(), cpu, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)

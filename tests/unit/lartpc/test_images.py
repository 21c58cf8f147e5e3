"""Images against torch on the real canvas and against plain loops."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rootline.core.device import array_module, to_host
from rootline.lartpc.images import CHUNK_TRACKS, ImageConfig, area_shares, bilinear_shares, render_images, render_plane
from rootline.lartpc.tracks import Pixels, plane_boxes, plane_pixels

PLANES = ("collection", "induction")


def draw_cluster(rng, *, n_wires, spread, n_ticks_per_wire=6, peak=900):
    """One wandering cluster: {(wire, tick): adc}, at least one pixel on every wire."""
    pixels = {}
    tick = int(rng.integers(1200, 1300))
    for wire in range(40, 40 + n_wires):
        tick += int(rng.integers(-spread, spread + 1))
        for offset in range(int(rng.integers(1, n_ticks_per_wire + 1))):
            pixels[(wire, tick + offset)] = int(rng.integers(16, peak))
    return pixels


def make_tracks(clusters):
    """A track table of the columns that images need, from one dict of pixels per plane and track."""
    columns = {}
    for plane in PLANES:
        boxes, lists = [], []
        for track in clusters:
            pixels = track[plane]
            wires, ticks = [wire for wire, _ in pixels], [tick for _, tick in pixels]
            boxes.append((min(wires), max(wires) + 1, min(ticks), max(ticks) + 1))
            raster = sorted(pixels)
            lists.append(
                {
                    "wire": [wire for wire, _ in raster],
                    "tick": [tick for _, tick in raster],
                    "adc": [pixels[place] for place in raster],
                }
            )
        for i, side in enumerate(("wire_min", "wire_max", "tick_min", "tick_max")):
            columns[f"{plane}_{side}"] = pa.array([box[i] for box in boxes], pa.int32())
        kind = pa.list_(pa.int16())
        columns[f"{plane}_pixels"] = pa.array(lists, pa.struct([("wire", kind), ("tick", kind), ("adc", kind)]))
    return pa.table(columns)


def some_tracks(seed=0, n=6, **shape):
    rng = np.random.default_rng(seed)
    settings_of = {"n_wires": 60, "spread": 15} | shape
    return [{plane: draw_cluster(rng, **settings_of) for plane in PLANES} for _ in range(n)]


def plain_canvas(pixels, *, wires=50, height=51, width=1502):
    """The canvas as the specification says it, pixel by pixel."""
    wire_min, wire_max = min(w for w, _ in pixels), max(w for w, _ in pixels) + 1
    tick_min, tick_max = min(t for _, t in pixels), max(t for _, t in pixels) + 1
    box = np.zeros((wire_max - wire_min, tick_max - tick_min), dtype=np.float32)
    for (wire, tick), adc in pixels.items():
        box[wire - wire_min, tick - tick_min] = adc
    kept = box[-wires:]
    v = int(np.argmax(kept[0]))
    x0 = max(0, min(width // 2 - v, width - box.shape[1]))
    canvas = np.zeros((height, width), dtype=np.float32)
    for row in range(kept.shape[0]):
        for column in range(kept.shape[1]):
            if x0 + column < width:
                canvas[row, x0 + column] = kept[row, column]
    return canvas


def plain_straightened_canvas(pixels, *, wires, height, width):
    """The canvas with every wire moved by itself, wire by wire."""
    last = max(w for w, _ in pixels)
    first = max(min(w for w, _ in pixels), last + 1 - wires)
    canvas = np.zeros((height, width), dtype=np.float32)
    for wire in range(first, last + 1):
        of_wire = {t: adc for (w, t), adc in sorted(pixels.items()) if w == wire}
        peak = max(of_wire, key=of_wire.get, default=0)  # the first of several, as the ticks rise
        for tick, adc in of_wire.items():
            if 0 <= tick - peak + width // 2 < width:
                canvas[wire - first, tick - peak + width // 2] = adc
    return canvas


def torch_bilinear(canvas, size):
    tensor = torch.from_numpy(canvas)[None, None]
    resized = torch.nn.functional.interpolate(
        tensor, size=(size, size), mode="bilinear", align_corners=False, antialias=False
    )
    return resized[0, 0].numpy()


def plain_area(canvas, size):
    """Overlap of every cell with every bin, computed from floating-point edges."""

    def overlaps(length):
        edges = np.linspace(0, length, size + 1)
        return np.array([[max(0.0, min(j + 1, b) - max(j, a)) for j in range(length)] for a, b in pairwise(edges)])

    return overlaps(canvas.shape[0]) @ canvas.astype(np.float64) @ overlaps(canvas.shape[1]).T


SHAPES = [
    {},
    {"n_wires": 12, "spread": 3},
    {"n_wires": 50, "spread": 0},
    {"n_wires": 51, "spread": 2},
    {"n_wires": 170, "spread": 40},
    {"n_wires": 90, "spread": 300},  # boxes wider than the canvas
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [48, 16, 64])
def test_bilinear_images_are_those_of_torch_on_the_real_canvas(shape, size):
    tracks = some_tracks(**shape)
    images = render_images(make_tracks(tracks), ImageConfig(resampling="bilinear", size=size))
    for image, track in zip(images, tracks, strict=True):
        for channel, plane in enumerate(PLANES):
            expected = torch_bilinear(plain_canvas(track[plane]), size)
            np.testing.assert_allclose(image[channel], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_area_images_keep_the_charge_of_the_canvas(shape):
    tracks = some_tracks(**shape)
    images = render_images(make_tracks(tracks), ImageConfig())
    for image, track in zip(images, tracks, strict=True):
        for channel, plane in enumerate(PLANES):
            canvas = plain_canvas(track[plane])
            assert image[channel].sum(dtype=np.float64) == pytest.approx(canvas.sum(dtype=np.float64), rel=1e-6)


@pytest.mark.parametrize("size", [48, 7, 64])
def test_area_images_are_those_of_a_plain_overlap_sum(size):
    tracks = some_tracks(n=3)
    images = render_images(make_tracks(tracks), ImageConfig(size=size))
    for image, track in zip(images, tracks, strict=True):
        for channel, plane in enumerate(PLANES):
            expected = plain_area(plain_canvas(track[plane]), size)
            np.testing.assert_allclose(image[channel], expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n_wires=st.integers(1, 120),
    spread=st.integers(0, 60),
    resampling=st.sampled_from(["area", "bilinear"]),
)
def test_images_of_any_cluster_are_those_of_the_plain_canvas(seed, n_wires, spread, resampling):
    # A low peak makes ties of the highest ADC frequent.
    tracks = some_tracks(seed=seed, n=2, n_wires=n_wires, spread=spread, peak=19)
    images = render_images(make_tracks(tracks), ImageConfig(resampling=resampling))
    resample = plain_area if resampling == "area" else torch_bilinear
    for image, track in zip(images, tracks, strict=True):
        for channel, plane in enumerate(PLANES):
            np.testing.assert_allclose(image[channel], resample(plain_canvas(track[plane]), 48), rtol=1e-6, atol=1e-6)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n_wires=st.integers(1, 60),
    canvas=st.sampled_from([(24, 24, 384), (30, 51, 1502), (50, 51, 31)]),
    resampling=st.sampled_from(["area", "bilinear"]),
)
def test_straightened_images_are_those_of_the_plain_canvas(seed, n_wires, canvas, resampling):
    wires, height, width = canvas
    # Wires of up to 40 ticks stick out of the narrowest canvas; a low peak makes ties of the highest ADC frequent.
    tracks = some_tracks(seed=seed, n=2, n_wires=n_wires, spread=60, peak=19, n_ticks_per_wire=40)
    options = {"canvas_wires": height, "canvas_ticks": width, "resampling": resampling}
    images = render_images(make_tracks(tracks), ImageConfig(wires=wires, size=24, straighten=True, **options))
    resample = plain_area if resampling == "area" else torch_bilinear
    for image, track in zip(images, tracks, strict=True):
        for channel, plane in enumerate(PLANES):
            canvas = plain_straightened_canvas(track[plane], wires=wires, height=height, width=width)
            np.testing.assert_allclose(image[channel], resample(canvas, 24), rtol=1e-6, atol=2e-5)


STRAIGHT = ImageConfig(wires=24, canvas_wires=24, canvas_ticks=384, size=24, straighten=True)


def test_a_straightened_image_does_not_know_the_way_of_the_track():
    tracks = some_tracks(n=4, n_wires=30, spread=0)
    shifts = np.random.default_rng(5).integers(-200, 200, size=240)
    bent = [{p: {(w, t + int(shifts[w])): adc for (w, t), adc in track[p].items()} for p in PLANES} for track in tracks]
    images = render_images(make_tracks(tracks), STRAIGHT)
    np.testing.assert_array_equal(render_images(make_tracks(bent), STRAIGHT), images)
    assert not np.array_equal(
        render_images(make_tracks(bent), ImageConfig()), render_images(make_tracks(tracks), ImageConfig())
    )


def test_charge_far_from_the_peak_of_its_wire_is_dropped_on_both_sides():
    near = {(10, 1000 - 192): 20, (10, 1000): 90, (10, 1000 + 191): 30}
    far = near | {(10, 1000 - 193): 80, (10, 1000 + 192): 80}
    images = render_images(make_tracks([dict.fromkeys(PLANES, near), dict.fromkeys(PLANES, far)]), STRAIGHT)
    np.testing.assert_array_equal(images[1], images[0])
    assert images[0, 0].sum() == 20 + 90 + 30
    assert images[0, 0, 0, [0, 12, 23]].tolist() == [20, 90, 30]  # 16 ticks per pixel; the peak opens pixel 12


@pytest.mark.parametrize("options", [ImageConfig(), ImageConfig(resampling="bilinear"), STRAIGHT])
def test_image_does_not_depend_on_where_the_track_is(options):
    tracks = some_tracks()
    moved = [{p: {(w - 17, t + 431): adc for (w, t), adc in track[p].items()} for p in PLANES} for track in tracks]
    np.testing.assert_array_equal(
        render_images(make_tracks(moved), options), render_images(make_tracks(tracks), options)
    )


def test_swapping_the_planes_swaps_the_channels():
    tracks = some_tracks()
    swapped = [{"collection": track["induction"], "induction": track["collection"]} for track in tracks]
    images = render_images(make_tracks(tracks), ImageConfig())
    np.testing.assert_array_equal(render_images(make_tracks(swapped), ImageConfig()), images[:, ::-1])


def test_only_the_last_wires_are_drawn():
    long = some_tracks(n=1, n_wires=120, spread=0)[0]
    images = render_images(make_tracks([long]), ImageConfig())
    kept = sum(adc for (wire, _), adc in long["collection"].items() if wire >= 40 + 120 - 50)
    assert images[0, 0].sum() == pytest.approx(kept, rel=1e-6)
    assert kept < sum(long["collection"].values())


def test_the_first_of_several_highest_ticks_is_the_vertex():
    pixels = {(10, 100): 20, (10, 101): 30, (10, 102): 30, (11, 102): 25}
    tracks = make_tracks([dict.fromkeys(PLANES, pixels)])
    image = render_images(tracks, ImageConfig(size=48))[0, 0]
    # 1502 / 48 ticks per bin: the vertex at column 751 opens bin 24, the pixel before it lies in bin 23.
    assert image[0, 23] == pytest.approx(20 * 48 / 51 * 51 / 48)
    assert image[:, 24].sum() == pytest.approx(30 + 30 + 25)


def test_rows_come_in_the_order_of_the_table_across_chunks():
    track = some_tracks(n=3, n_wires=11, spread=1)
    many = make_tracks(track * (CHUNK_TRACKS // 3 + 1))
    images = render_images(many, ImageConfig(size=8))
    np.testing.assert_array_equal(images, np.tile(images[:3], (len(many) // 3, 1, 1, 1)))
    assert len(images) > CHUNK_TRACKS


def test_a_table_without_tracks_has_no_images():
    images = render_images(make_tracks(some_tracks(n=1)).slice(0, 0), ImageConfig())
    assert images.shape == (0, 2, 48, 48)
    assert images.dtype == np.float32


@pytest.mark.parametrize(("length", "size"), [(1502, 48), (51, 48), (51, 64), (10, 10), (7, 100), (100, 7)])
def test_area_shares_of_each_cell_add_up_to_one(length, size):
    shares = area_shares(length, size)
    np.testing.assert_array_equal(shares.weights.sum(axis=0), shares.unit)
    assert shares.targets.min() >= 0
    assert shares.targets.max() < size


def test_bilinear_reads_96_of_the_1502_columns():
    shares = bilinear_shares(1502, 48)
    assert np.count_nonzero(shares.weights.sum(axis=0)) == 96


def test_more_wires_than_the_canvas_has_is_an_error():
    with pytest.raises(ValidationError, match=r"images\.wires=60: must be at most images\.canvas_wires=51"):
        ImageConfig(wires=60)


@pytest.mark.gpu
@pytest.mark.parametrize("options", [ImageConfig(), ImageConfig(resampling="bilinear"), STRAIGHT])
def test_gpu_and_cpu_draw_the_same_images(options):
    xp = array_module()
    tracks = make_tracks(some_tracks(n=50))
    for plane in PLANES:
        pixels, boxes = plane_pixels(tracks, plane), plane_boxes(tracks, plane)
        on_gpu = render_plane(Pixels(*map(xp.asarray, pixels)), xp.asarray(boxes), options)
        np.testing.assert_allclose(to_host(on_gpu), render_plane(pixels, boxes, options), rtol=1e-6)


def test_area_pixels_sum_their_cells_and_bilinear_ones_do_not():
    assert ImageConfig().cells_per_pixel == pytest.approx(1502 * 51 / 48**2)
    assert ImageConfig(resampling="bilinear").cells_per_pixel == 1

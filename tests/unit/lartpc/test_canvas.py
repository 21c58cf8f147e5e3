"""Runs of pixels against pixels that are placed one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.lartpc.canvas import CanvasConfig, count_out, place_on_canvas, place_runs
from rootline.lartpc.images import ImageConfig, render_plane
from rootline.lartpc.tracks import Pixels

SCATTERED = st.lists(
    st.dictionaries(st.tuples(st.integers(3, 14), st.integers(50, 90)), st.integers(1, 9), max_size=60),
    min_size=1,
    max_size=4,
)
"""A few tracks, each {(wire, tick): adc}: single pixels, runs with gaps between them, wires without any, tracks without any."""

OPTIONS = [
    {"straighten": straighten, "canvas_ticks": canvas_ticks, "wires": wires, "canvas_wires": 12, "size": size}
    for straighten, canvas_ticks, wires, size in [
        (False, 60, 12, 8),
        (False, 23, 5, 8),
        (True, 60, 12, 8),
        (True, 9, 5, 20),
    ]
]


def flatten(tracks):
    """The pixels and boxes of tracks; a track without pixels has a box of one cell."""
    places = [sorted(track) for track in tracks]
    offsets = np.cumsum([0, *map(len, places)])
    track = np.repeat(np.arange(len(tracks)), np.diff(offsets))
    flat = np.array([place for of_track in places for place in of_track], np.int16).reshape(-1, 2)
    adc = np.array([tracks[i][place] for i, of_track in enumerate(places) for place in of_track], np.int16)
    boxes = np.array([(*box(track, 0), *box(track, 1)) for track in tracks])
    return Pixels(track, flat[:, 0].copy(), flat[:, 1].copy(), adc, offsets), boxes


def box(track, axis):
    values = [place[axis] for place in track] or [0]
    return min(values), max(values) + 1


def plain_canvas(track, options):
    """Row and column of every pixel, as the docstring of place_runs says it."""
    wires = box(track, 0)
    first, left = max(wires[0], wires[1] - options.wires), box(track, 1)[0]
    width, middle = options.canvas_ticks, options.canvas_ticks // 2

    def peak(wire):
        ticks = sorted(t for w, t in track if w == wire)
        return max(ticks, key=lambda t: track[wire, t], default=left)

    canvas = np.zeros((options.canvas_wires, width))
    for (wire, tick), adc in track.items():
        if options.straighten:
            column = tick - peak(wire) + middle
        else:
            column = tick - left + max(0, min(middle - (peak(first) - left), width - (box(track, 1)[1] - left)))
        if wire >= first and 0 <= column < width:
            canvas[wire - first, column] = adc
    return canvas


@pytest.mark.parametrize("options", OPTIONS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(tracks=SCATTERED)
def test_pixels_of_any_track_lie_where_the_plain_canvas_has_them(tracks, options):
    options = CanvasConfig(**options)
    pixels, boxes = flatten(tracks)
    found = np.zeros((len(tracks), options.canvas_wires, options.canvas_ticks))
    track, row, column, charge = place_on_canvas(pixels, boxes, options)
    np.add.at(found, (track, row, column), charge)
    np.testing.assert_array_equal(found, [plain_canvas(track, options) for track in tracks])


@pytest.mark.parametrize("resampling", ["area", "bilinear"])
@pytest.mark.parametrize("options", OPTIONS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(tracks=SCATTERED)
def test_images_of_scattered_pixels_are_those_of_the_canvas(tracks, options, resampling):
    import torch

    options = ImageConfig(**options, resampling=resampling)
    images = render_plane(*flatten(tracks), options)
    canvas = torch.from_numpy(np.array([plain_canvas(track, options) for track in tracks]))[:, None]
    if resampling == "area":  # as many copies of each cell as there are bins, summed over as many as there were cells
        size, (height, width) = options.size, canvas.shape[2:]
        fine = canvas.repeat_interleave(size, 2).repeat_interleave(size, 3)
        expected = torch.nn.functional.avg_pool2d(fine, (height, width)) * (height * width / size**2)
    else:
        expected = torch.nn.functional.interpolate(canvas.float(), (options.size, options.size), mode="bilinear")
    np.testing.assert_allclose(images, expected[:, 0], rtol=1e-6, atol=1e-5)


def test_a_run_ends_where_the_ticks_leap_or_the_wire_or_the_track_changes():
    tracks = [{(5, 10): 3, (5, 11): 3, (5, 13): 2, (6, 14): 1}, {(6, 15): 1}]
    runs = place_runs(*flatten(tracks), CanvasConfig(canvas_ticks=100))
    assert runs.track.tolist() == [0, 0, 0, 1]
    assert runs.row.tolist() == [0, 0, 1, 0]
    assert runs.column.tolist() == [50, 53, 54, 50]
    assert runs.length.tolist() == [2, 1, 1, 1]


def test_counting_out_gives_group_and_place():
    group, place = count_out(np.array([2, 0, 3]))
    assert group.tolist() == [0, 0, 2, 2, 2]
    assert place.tolist() == [0, 1, 0, 1, 2]
    assert all(len(values) == 0 for values in count_out(np.zeros(0, np.int64)))

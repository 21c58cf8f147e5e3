"""Image panels and mosaics."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from rootline.lartpc.figures.images import charge_map, crop_ticks, draw_mosaic


def test_only_ticks_that_are_empty_in_every_image_are_cut():
    images = np.zeros((3, 2, 10, 40))
    images[0, 0, 4, 12] = images[2, 1, 9, 20] = 1.0
    assert crop_ticks(images, margin=2) == slice(10, 23)
    assert crop_ticks(images, margin=50) == slice(0, 40)
    assert crop_ticks(images, threshold=1.0) == slice(0, 40)


def test_each_image_lies_in_its_own_cell_of_the_mosaic():
    cells = np.arange(1.0, 2 * 3 * 4 * 5 + 1).reshape(2, 3, 4, 5)
    cells[1, 2] = np.nan
    drawn = draw_mosaic(Figure().subplots(), cells, norm=Normalize(0, 120), threshold=2.0)
    table = drawn.get_array()
    assert table.shape == (8, 15)
    for row in range(2):
        for column in range(3):
            part = table[4 * row : 4 * row + 4, 5 * column : 5 * column + 5].filled(np.nan)
            expected = np.where(cells[row, column] > 2.0, cells[row, column], np.nan)
            np.testing.assert_array_equal(part, expected)
    assert drawn.get_extent() == [0, 3, 2, 0]


def test_no_charge_is_white_and_more_charge_is_darker():
    colours = charge_map()
    assert colours(np.ma.masked)[:3] == (1.0, 1.0, 1.0)
    brightness = colours(np.linspace(0, 1, 50))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(brightness) < 0).all()
    assert brightness[0] < 0.9

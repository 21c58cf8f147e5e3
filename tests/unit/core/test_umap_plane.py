"""Nearest points, with equal points among them."""

import numpy as np

from rootline.core.umap_plane import find_nearest


def test_every_point_is_the_first_of_its_own_neighbours_even_if_it_has_equals():
    points = np.array([[0.0], [0.0], [0.0], [1.0], [5.0]])
    neighbours, distances = find_nearest(points, 3)
    np.testing.assert_array_equal(neighbours[:, 0], np.arange(5))
    assert set(neighbours[0]) == {0, 1, 2} and set(neighbours[4]) <= {0, 1, 2, 3, 4}
    np.testing.assert_array_equal(distances[4], [0, 4, 5])

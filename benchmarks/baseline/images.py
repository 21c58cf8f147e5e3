"""Clusters to images: each on a canvas of its own, then resampled."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

Image = NDArray[np.int16]

N_KEPT = 50
CANVAS = (51, 1502)
SIZE = 48


def draw_canvas(image: Image) -> NDArray[np.float32]:
    """Put the last wires of a cluster's box image on a canvas, the highest ADC of the first of them in the middle."""
    kept = image[-N_KEPT:]
    vertex = int(kept[0].argmax())
    left = max(0, min(CANVAS[1] // 2 - vertex, CANVAS[1] - image.shape[1]))
    canvas = np.zeros(CANVAS, np.float32)
    seen = kept[:, : CANVAS[1] - left]
    canvas[: len(kept), left : left + seen.shape[1]] = seen
    return canvas


def render_bilinear(tracks: Sequence[tuple[Image, Image]]) -> NDArray[np.float32]:
    """Give (n, 2, 48, 48) images of pairs of box images, collection first, resampled by torch without antialias."""
    images = np.empty((len(tracks), 2, SIZE, SIZE), np.float32)
    for number, planes in enumerate(tracks):
        for channel, image in enumerate(planes):
            canvas = torch.from_numpy(draw_canvas(image))[None, None]
            images[number, channel] = interpolate(canvas, size=(SIZE, SIZE), mode="bilinear", align_corners=False)[0, 0]
    return images


def render_area(tracks: Sequence[tuple[Image, Image]]) -> NDArray[np.float32]:
    """Give the same with every cell's charge shared by the area of its overlap, as two products with full matrices."""
    wires, ticks = overlaps(CANVAS[0]), overlaps(CANVAS[1])
    images = np.empty((len(tracks), 2, SIZE, SIZE), np.float32)
    for number, planes in enumerate(tracks):
        for channel, image in enumerate(planes):
            images[number, channel] = wires @ draw_canvas(image) @ ticks.T
    return images


@cache
def overlaps(length: int) -> NDArray[np.float32]:
    """Give the share (48, length) of each canvas cell that lies in each of 48 equal bins."""
    shares = np.zeros((SIZE, length), np.float32)
    width = length / SIZE
    for target in range(SIZE):
        for cell in range(length):
            shared = min(cell + 1, (target + 1) * width) - max(cell, target * width)
            shares[target, cell] = max(shared, 0.0)
    return shares

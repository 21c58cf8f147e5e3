"""A gallery of track images, as the model gets them."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import FigureConfig, new_figure
from rootline.lartpc.detector import PLANES
from rootline.lartpc.figures.images import crop_ticks, draw_mosaic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "Track images"

TRACKS_SHOWN: Final = 6
"""Per particle, at equal steps of the rank in total charge."""


def draw_tracks(images: NDArray[np.float32], keys: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw some tracks of each particle in both planes, from little charge to much.

    Parameters
    ----------
    images : (n, plane, wires, ticks) array
        Raw charge [ADC].
    keys : data frame
        Key, particle and row, the place in `images`.
    options : FigureConfig
        The style.
    """
    from matplotlib.colors import PowerNorm

    particles = sorted(keys["particle"].unique())
    chosen = {particle: _spread(images, keys[keys["particle"] == particle]) for particle in particles}
    shown = images[np.concatenate([rows["row"].to_numpy() for rows in chosen.values()])]
    ticks = crop_ticks(shown)
    brightest = float(np.quantile(shown[shown > 0], 0.999)) if (shown > 0).any() else 1.0
    figure = new_figure(options, width="text", height=0.4 + 1.35 * len(particles))
    panels = figure.subplots(len(particles), 1, squeeze=False)[:, 0]
    for axes, particle in zip(panels, particles, strict=True):
        rows = chosen[particle]
        cells = np.full((len(PLANES), TRACKS_SHOWN, *images.shape[2:]), np.nan, dtype=np.float32)
        cells[:, : len(rows)] = images[rows["row"].to_numpy()].swapaxes(0, 1)
        drawn = draw_mosaic(axes, cells[..., ticks], norm=PowerNorm(0.5, vmin=0, vmax=brightest))
        events = [f"{row['run']} / {row['subrun']} / {row['event']}" for _, row in rows.iterrows()]
        axes.xaxis.tick_top()
        axes.set_xticks(np.arange(len(rows)) + 0.5, events)
        axes.tick_params(axis="x", pad=0)
        axes.set_yticks(np.arange(len(PLANES)) + 0.5, PLANES, rotation=90, va="center")
        axes.set_ylabel(f"{particle}\n{len(rows)} of {(keys['particle'] == particle).sum()}")
    bar = figure.colorbar(drawn, ax=list(panels), fraction=0.02, pad=0.01, aspect=50, extend="max")
    bar.set_label("charge of a pixel [ADC]")
    bar.outline.set_linewidth(0.4)
    below = f"tick (a pixel is 1/{images.shape[-1]} of the canvas), wire downwards along the beam; above: run / subrun / event"
    figure.supxlabel(below, fontsize=options.font_size - 1)
    return figure


def _spread(images: NDArray[np.float32], rows: pd.DataFrame) -> pd.DataFrame:
    """Choose tracks at equal steps of the rank in total charge; the extremes themselves are left out."""
    charge = np.array([images[row].sum(dtype=np.float64) for row in rows["row"]])
    order = np.argsort(charge, kind="stable")
    ranks = (np.arange(min(TRACKS_SHOWN, len(rows))) + 0.5) / min(TRACKS_SHOWN, len(rows)) * len(rows)
    return rows.iloc[order[ranks.astype(np.int64)]]

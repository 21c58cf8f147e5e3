"""Tracks that both probes put in the wrong class, with their images."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import FigureConfig, new_figure
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.lartpc.analyses.statistics import wilson_interval
from rootline.lartpc.detector import PLANES
from rootline.lartpc.figures.images import crop_ticks, draw_mosaic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "Hard cases of the probes"

TRACKS_SHOWN: Final = 6
"""Per particle: those whose scores are farthest on the wrong side, in the mean of both probes."""


def draw_hard_cases(
    scores: pd.DataFrame, images: NDArray[np.float32], keys: pd.DataFrame, options: FigureConfig
) -> "Figure":
    """Draw the hardest tracks of each particle in both planes, with key, scores and chi2.

    Parameters
    ----------
    scores : data frame
        As `probe` gives them.
    images : (n, plane, wires, ticks) array
        Raw charge [ADC].
    keys : data frame
        Key and row, the place in `images`, of every track.
    options : FigureConfig
        The style.

    Raises
    ------
    UserError
        If a track has no image.
    """
    from matplotlib.colors import PowerNorm

    of_all = scores[scores["selection"] == "all"]
    hard = _hardest_first(of_all)
    if hard.empty:
        figure = new_figure(options, width="column", height=1.2)
        figure.text(0.5, 0.5, f"No track of {len(of_all)} that were probed\nis a hard case.", ha="center", va="center")
        return figure
    wanted = keys.merge(hard[list(TRACK_KEY)], on=list(TRACK_KEY))[[*TRACK_KEY, "row"]]
    rows_of = join_strict(hard[list(TRACK_KEY)], wanted, key=TRACK_KEY, names=("hard cases", "images"))
    hard = hard.merge(rows_of, on=list(TRACK_KEY))
    chosen = {str(name): rows.head(TRACKS_SHOWN) for name, rows in hard.groupby("particle", sort=True)}
    shown = images[np.concatenate([rows["row"].to_numpy() for rows in chosen.values()])]
    ticks = crop_ticks(shown)
    brightest = float(np.quantile(shown[shown > 0], 0.999)) if (shown > 0).any() else 1.0
    positive = _positive(of_all)
    figure = new_figure(options, width="text", height=0.4 + 1.75 * len(chosen))
    panels = figure.subplots(len(chosen), 1, squeeze=False)[:, 0]
    for axes, (particle, rows) in zip(panels, chosen.items(), strict=True):
        cells = np.full((len(PLANES), TRACKS_SHOWN, *images.shape[2:]), np.nan, dtype=np.float32)
        cells[:, : len(rows)] = images[rows["row"].to_numpy()].swapaxes(0, 1)
        drawn = draw_mosaic(axes, cells[..., ticks], norm=PowerNorm(0.5, vmin=0, vmax=brightest))
        axes.xaxis.tick_top()
        axes.set_xticks(np.arange(len(rows)) + 0.5, [_describe(row) for _, row in rows.iterrows()])
        axes.tick_params(axis="x", pad=0, labelsize=max(options.font_size - 2, 6))
        axes.set_yticks(np.arange(len(PLANES)) + 0.5, PLANES, rotation=90, va="center")
        n_hard, n = int((hard["particle"] == particle).sum()), int((of_all["particle"] == particle).sum())
        low, high = (100 * end for end in wilson_interval(n_hard, n))
        axes.set_ylabel(f"{particle}\n{n_hard} hard of n = {n}\n{100 * n_hard / n:.0f} [{low:.0f}, {high:.0f}] %")
    bar = figure.colorbar(drawn, ax=list(panels), fraction=0.02, pad=0.01, aspect=50, extend="max")
    bar.set_label("charge of a pixel [ADC]")
    bar.outline.set_linewidth(0.4)
    below = f"above: run / subrun / event; {positive} probability by logistic, MLP; " + r"$\ln(\chi^2_p/\chi^2_K)$"
    figure.supxlabel(below, fontsize=options.font_size - 1)
    return figure


def _positive(scores: pd.DataFrame) -> str:
    return str(scores.loc[scores["label"] == 1, "particle"].iloc[0])


def _hardest_first(scores: pd.DataFrame) -> pd.DataFrame:
    hard = scores[scores["hard"].astype(bool)]
    distance = (hard[["logistic", "mlp"]].mean(axis=1) - hard["label"]).abs()
    return hard.assign(distance=distance).sort_values(
        ["distance", *TRACK_KEY], ascending=[False] + [True] * len(TRACK_KEY), kind="stable"
    )


def _describe(row: pd.Series) -> str:
    chi2 = f"{row['chi2']:+.2f}".replace("-", "\N{MINUS SIGN}") if np.isfinite(row["chi2"]) else "none"
    track = f" / {row['track']}" if row["track"] else ""
    scores = f"{row['logistic']:.2f}, {row['mlp']:.2f}"
    return f"{row['run']} / {row['subrun']} / {row['event']}{track}\n{scores}; $\\chi^2$ {chi2}"

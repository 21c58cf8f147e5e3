"""Groups found in the latents, beside the species."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import (
    BLACK,
    GREY,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    FigureConfig,
    letter_panel,
    new_figure,
    particle_colours,
)
from rootline.lartpc.analyses.agreement import MEASURES
from rootline.lartpc.analyses.clustering import PAIR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Groups of the latents and the species"

METHODS: Final = {
    "mixture": ("Gaussian mixture", "o", BLACK),
    "kmeans": ("k-means", "s", ORANGE),
    "gaussians": ("Gaussian per species", "D", PURPLE),
}

_GROUPS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
_SHADES: Final = ("#d9d9d9", "#969696", "#525252", "#bdbdbd", "#737373", "#252525", "#f0f0f0", "#000000")
_SHOWN: Final = 1500
"""Tracks drawn in the plane of the principal axes at most, evenly spaced in the order of the key."""

_CONTOUR: Final = 2.0  # standard deviations of a group's ellipse: 86 % of a Gaussian in two dimensions


def draw_clustering(numbers: pd.DataFrame, scan: pd.DataFrame, tracks: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw what the groups hold of each species, their agreement, the scan, and a plane of the latents.

    Parameters
    ----------
    numbers, scan, tracks : data frames
        As `cluster_latents` gives them.
    options : FigureConfig
        The style.
    """
    of_all = tracks[(tracks["selection"] == "all") & (tracks["mixture"] >= 0)]
    if of_all.empty:
        figure = new_figure(options, width="column", height=1.2)
        n = int((tracks["selection"] == "all").sum())
        figure.text(0.5, 0.5, f"No groups: {n} tracks are too few.", ha="center", va="center")
        return figure
    figure = new_figure(options, width="text", height=5.4)
    grid = figure.add_gridspec(2, 1, height_ratios=[1, 1.05])
    top, bottom = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    shares, agreement, fractions = top.subplots(1, 3, width_ratios=[1, 1, 1.15])
    bic, ari, plane = bottom.subplots(1, 3, width_ratios=[1, 1, 1.5])
    colours = particle_colours(of_all["particle"], options)
    _draw_shares(shares, of_all)
    _draw_agreement(agreement, numbers)
    # in this order: the free component is the last
    components = [str(name).removeprefix("anchored_") for name in tracks.columns if str(name).startswith("anchored_")]
    _draw_fractions(fractions, numbers[numbers["method"] == "anchored"], components, colours)
    _draw_scan(bic, ari, scan)
    _draw_plane(plane, of_all, colours)
    return figure


def _draw_shares(axes: "Axes", tracks: pd.DataFrame) -> None:
    """Stack the shares of each species' tracks in the groups of the mixture."""
    counts = pd.crosstab(tracks["particle"], tracks["mixture"])
    shares = counts.div(counts.sum(axis=1), axis=0)
    left = np.zeros(len(shares))
    for number, group in enumerate(shares.columns):
        share = shares[group].to_numpy()
        axes.barh(
            range(len(shares)), share, left=left, height=0.62, color=_SHADES[number % 8], edgecolor="white", lw=0.5
        )
        for place, (start, width) in enumerate(zip(left, share, strict=True)):
            if width > 0.12:
                dark = _SHADES[number % 8] in ("#525252", "#737373", "#252525", "#000000")
                axes.text(
                    start + width / 2, place, f"{chr(ord('A') + number)}\n{100 * width:.0f} %", ha="center", va="center",
                    color="white" if dark else "black", fontsize=6,
                )  # fmt: skip
        left = left + share
    labels = [f"{particle}\nn = {n}" for particle, n in counts.sum(axis=1).items()]
    axes.set_yticks(range(len(shares)), labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share in groups A, B, ...")
    letter_panel(axes, "a", "mixture")


def _draw_agreement(axes: "Axes", numbers: pd.DataFrame) -> None:
    rows = numbers[numbers["score"].isin(MEASURES) & numbers["value"].notna()]
    names = [(measure, selection) for measure in MEASURES for selection in ("all", PAIR)]
    for number, (method, (label, marker, colour)) in enumerate(METHODS.items()):
        of = {(row["score"], row["selection"]): row for row in rows[rows["method"] == method].to_dict("records")}
        for place, name in enumerate(names):
            if name not in of:
                continue
            value, low, high, null = (of[name][column] for column in ("value", "low", "high", "null_high"))
            at = place + 0.25 * (number - 1)
            ends = np.maximum([[value - low], [high - value]], 0)
            axes.errorbar(value, at, xerr=ends, fmt=marker, color=colour, markersize=3, elinewidth=0.9)
            axes.plot([null, null], [at - 0.11, at + 0.11], color=GREY, linewidth=1.3)
        axes.plot([], [], marker, color=colour, markersize=3, label=label)
    axes.plot([], [], color=GREY, linewidth=1.3, label="97.5 % of permutations")
    axes.set_yticks(range(len(names)), [f"{_upper(measure)}, {selection}" for measure, selection in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(min(axes.get_xlim()[0], -0.05), 1.02)
    axes.set_xlabel("agreement with the species")
    axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.12), ncols=2, columnspacing=0.8, handletextpad=0.3)
    letter_panel(axes, "b")


def _draw_fractions(axes: "Axes", rows: pd.DataFrame, components: list[str], colours: dict[str, str]) -> None:
    """Show what share of each particle's unlabelled tracks the anchored mixture gives to each component."""
    rows = rows[rows["value"].notna()]
    letter_panel(axes, "c", "anchored mixture")
    if rows.empty:
        axes.text(0.5, 0.5, "too few tracks\nto anchor on", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    particles = [name for name in dict.fromkeys(rows["particle"]) if name != "all"]
    for place, particle in enumerate(particles):
        of = {row["component"]: row for row in rows[rows["particle"] == particle].to_dict("records")}
        for number, component in enumerate(components):
            value, low, high = (of[component][column] for column in ("value", "low", "high"))
            at = place + 0.22 * (number - (len(components) - 1) / 2)
            ends = np.maximum([[value - low], [high - value]], 0)
            axes.errorbar(
                value, at, xerr=ends, fmt=_GROUPS[number % 8], color=colours.get(component, GREY), markersize=3.5,
                elinewidth=0.9,
            )  # fmt: skip
    for number, component in enumerate(components):
        free = " (free)" if number == len(components) - 1 else " (fixed)"
        colour = colours.get(component, GREY)
        axes.plot([], [], _GROUPS[number % 8], color=colour, markersize=3.5, label=f"{component}{free}")
    n_of = rows.drop_duplicates("particle").set_index("particle")["n"]
    axes.set_yticks(range(len(particles)), [f"{particle}\nn = {n_of[particle]}" for particle in particles])
    axes.set_ylim(len(particles) - 0.4, -0.6)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel("mean probability of component")
    axes.legend(loc="lower center", bbox_to_anchor=(0.42, 1.12), ncols=2, columnspacing=0.8, handletextpad=0.3)


def _draw_scan(bic: "Axes", ari: "Axes", scan: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator

    for selection, marker, colour in (("all", "o", BLACK), (PAIR, "s", SKY_BLUE)):
        rows = scan[(scan["selection"] == selection) & scan["bic"].notna()].sort_values("k")
        if rows.empty:
            continue
        label = f"{selection}, n = {rows['n'].iloc[0]}"
        bic.plot(rows["k"], rows["bic"] / rows["n"], marker=marker, color=colour, markersize=3, label=label)
        ends = np.maximum([rows["ari"] - rows["ari_low"], rows["ari_high"] - rows["ari"]], 0)
        ari.errorbar(rows["k"], rows["ari"], ends, fmt=f"-{marker}", color=colour, markersize=3, elinewidth=0.9)
    bic.set_ylabel("BIC per track")
    ari.set_ylabel("ARI with the species")
    ari.axhline(0, color=GREY, linewidth=0.7, linestyle=":")
    for axes in (bic, ari):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("components of the mixture")
    bic.legend(loc="lower left", bbox_to_anchor=(0.14, 0.97), labelspacing=0.2)
    letter_panel(bic, "d")
    letter_panel(ari, "e")


def _draw_plane(axes: "Axes", tracks: pd.DataFrame, colours: dict[str, str]) -> None:
    from matplotlib.patches import Ellipse

    shown = tracks.iloc[:: max(1, -(-len(tracks) // _SHOWN))]
    for particle, rows in shown.groupby("particle", sort=True):
        axes.scatter(
            rows["axis_1"], rows["axis_2"], s=3, color=colours[str(particle)], alpha=0.55, linewidths=0, rasterized=True,
            label=f"{particle}, {len(rows)} shown",
        )  # fmt: skip
    points = tracks[["axis_1", "axis_2"]].to_numpy(dtype=np.float64)
    groups = sorted(int(name.rpartition("_")[2]) for name in tracks.columns if name.startswith("responsibility_"))
    for group in groups:
        weights = tracks[f"responsibility_{group}"].to_numpy(dtype=np.float64)
        if not np.isfinite(weights).all() or weights.sum() < 2:
            continue
        centre, widths, angle = _ellipse(points, weights)
        patch = Ellipse(centre, *(2 * _CONTOUR * widths), angle=angle, fill=False, edgecolor="black", linewidth=0.9)
        axes.add_patch(patch)
        axes.annotate(
            chr(ord("A") + group), centre, ha="center", va="center", fontsize=7, fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "black", "linewidth": 0.5},
        )  # fmt: skip
    # most of the tracks, not the few far away, decide what is seen
    for which, values in (("x", points[:, 0]), ("y", points[:, 1])):
        low, high = np.quantile(values, [0.005, 0.995])
        reach = max(0.12 * (high - low), 1e-6)
        axes.set(**{f"{which}lim": (low - reach, high + reach)})
    axes.set_xlabel("first principal axis [std of a latent]")
    axes.set_ylabel("second principal axis")
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.1), ncols=3, columnspacing=0.8, handletextpad=0.1, markerscale=2
    )
    letter_panel(axes, "f", "ellipses: 2 $\\sigma$ of the mixture's groups")


def _ellipse(
    points: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[tuple[float, float], NDArray[np.float64], float]:
    """Give centre, standard deviations along the axes, and angle [degrees] of weighted points."""
    centre = weights @ points / weights.sum()
    centred = points - centre
    covariance = (weights[:, None] * centred).T @ centred / weights.sum()
    variances, axes = np.linalg.eigh(covariance)
    angle = float(np.degrees(np.arctan2(axes[1, 1], axes[0, 1])))
    return (float(centre[0]), float(centre[1])), np.sqrt(np.maximum(variances[::-1], 0)), angle


def _upper(name: str) -> str:
    return name.upper() if len(name) == 3 else name

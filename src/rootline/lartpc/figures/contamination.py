"""The proton share of the kaon-tagged tracks, the injected protons, and the scores against mass."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    BLACK,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    FigureConfig,
    format_interval,
    letter_panel,
    new_figure,
    particle_colours,
)
from rootline.lartpc.analyses.contamination import METHODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Contamination of the kaon-tagged tracks"

METHOD_STYLES: Final = {
    "mass": ("mass-tagged kaons", BLACK, "o"),
    "reference": ("reference kaons", PURPLE, "s"),
    "tail": ("no kaon template (bound)", ORANGE, "^"),
}

_BINS = 16
_FRAMED: Final = {"frameon": True, "framealpha": 0.9, "edgecolor": "none"}


def draw_contamination(
    contamination: pd.DataFrame, scores: pd.DataFrame, likeness: pd.DataFrame, options: FigureConfig
) -> "Figure":
    """Draw the fitted score, the injection lines, the answer of the tail by its cut, and the score against mass.

    Parameters
    ----------
    contamination, scores, likeness : data frames
        As `fit_contamination`, `score_tracks` and `compare_likeness` give them.
    options : FigureConfig
        The style.
    """
    if scores["score"].isna().all():
        return _draw_refusal(contamination.iloc[0], options)
    figure = new_figure(options, width="text", height=6.0)
    grid = figure.subplots(2, 2)
    colours = particle_colours(["kaon", "proton"], options)
    method = next(name for name in METHODS if name in set(contamination["method"]))
    _draw_scores(grid[0, 0], contamination, scores, method, colours)
    _draw_injection(grid[0, 1], contamination)
    _draw_cuts(grid[1, 0], contamination)
    _draw_mass(grid[1, 1], scores, likeness, colours)
    letter_panel(grid[0, 0], "a", f"fit with {METHOD_STYLES[method][0]}")
    letter_panel(grid[0, 1], "b", f"known protons added to n = {contamination['n_data'].max()} tracks")
    letter_panel(grid[1, 0], "c", "no kaon template: upper bound")
    letter_panel(grid[1, 1], "d", "score against beamline mass")
    return figure


def _draw_refusal(row: pd.Series, options: FigureConfig) -> "Figure":
    figure = new_figure(options, width="column", height=1.2)
    counts = f"{row['n_data']} kaon-tagged tracks and {row['n_proton']} protons"
    figure.text(0.5, 0.5, f"No fit: {counts}\nwere not trained on, which is too few.", ha="center", va="center")
    return figure


def _draw_scores(
    axes: "Axes", contamination: pd.DataFrame, scores: pd.DataFrame, method: str, colours: dict[str, str]
) -> None:
    of_role = {role: rows["score"].to_numpy(dtype=np.float64) for role, rows in scores.groupby("role")}
    edges = np.linspace(scores["score"].min(), scores["score"].max(), _BINS + 1)
    data = np.histogram(of_role["data"], edges)[0]
    row = contamination[(contamination["method"] == method) & (contamination["kind"] == "raw")].iloc[0]
    n, share = len(of_role["data"]), float(row["value"])
    protons = np.histogram(of_role["proton"], edges)[0] / len(of_role["proton"]) * n * share
    label = f"protons: {format_interval(share, row['low'], row['high'], digits=3)}"
    kaons = _kaon_scores(scores, method)
    if len(kaons):
        below = np.histogram(kaons, edges)[0] / len(kaons) * n * (1 - share)
        axes.stairs(
            below + protons, edges, color=colours["kaon"], label=f"kaon template, n = {len(kaons)}, and protons"
        )
    axes.stairs(protons, edges, fill=True, alpha=0.5, color=colours["proton"], label=label)
    axes.errorbar(
        (edges[1:] + edges[:-1]) / 2,
        data,
        np.sqrt(data),
        fmt="o",
        color=BLACK,
        markersize=2.5,
        elinewidth=0.7,
        label=f"kaon-tagged, n = {n}",
    )
    axes.set_xlabel("proton-likeness, out of fold [log-odds]")
    axes.set_ylabel("tracks per bin")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.35)
    axes.legend(loc="upper left", labelspacing=0.2, **_FRAMED)


def _kaon_scores(scores: pd.DataFrame, method: str) -> "pd.Series[float]":
    if method == "reference":
        return scores.loc[scores["role"] == "reference", "score"]
    inside = (scores["role"] == "data") & scores["in_window"].astype(bool)
    return scores.loc[inside if method == "mass" else inside & False, "score"]


def _draw_injection(axes: "Axes", contamination: pd.DataFrame) -> None:
    axes.axline((0, 0), slope=1, color=GREY, linewidth=0.7, linestyle=":")
    present = [method for method in METHODS if (contamination["method"] == method).any()]
    for number, method in enumerate(present):
        name, colour, marker = METHOD_STYLES[method]
        rows = contamination[contamination["method"] == method]
        of_kind: Any = rows.drop_duplicates("kind").set_index("kind")
        points = rows[rows["kind"] == "injection"].sort_values("at")
        shift = 0.004 * (number - (len(present) - 1) / 2)
        label = f"{name}\nslope {_write(of_kind.loc['slope'])}\ncorrected {_write(of_kind.loc['corrected'], 3)}"
        if method == "mass":
            label += f"\nthe window alone allows 0 to {of_kind.loc['fitted', 'value']:.3f}"
        _points(axes, points["at"] + shift, points, color=colour, marker=marker, label=label)
        reach = np.array([0, points["at"].max()])
        axes.plot(
            reach + shift,
            of_kind.loc["offset", "value"] + of_kind.loc["slope", "value"] * reach,
            color=colour,
            linewidth=0.8,
        )
    axes.set_xlabel("known protons added, per kaon-tagged track")
    axes.set_ylabel("protons found, per kaon-tagged track")
    axes.set_ylim(min(axes.get_ylim()[0], 0), axes.get_ylim()[1] * (1.4 + 0.3 * len(present)))
    axes.legend(loc="upper left", labelspacing=0.4, **_FRAMED)


def _draw_cuts(axes: "Axes", contamination: pd.DataFrame) -> None:
    rows = contamination[contamination["method"] == "tail"]
    cuts = rows[rows["kind"] == "cut"].sort_values("at")
    colour, marker = METHOD_STYLES["tail"][1:]
    _points(axes, cuts["at"], cuts, color=colour, marker=marker, label=f"kaon-tagged, n = {cuts['n_data'].max()}")
    of_kind: Any = rows.drop_duplicates("kind").set_index("kind")
    raw = of_kind.loc["raw"]
    axes.axhline(
        raw["upper"],
        color=colour,
        linestyle="--",
        label=f"one-sided 95 % limit: {raw['upper']:.3f}",
    )
    if "control_window" in of_kind.index:
        row = of_kind.loc["control_window"]
        axes.axhspan(
            row["low"],
            row["high"],
            color=GREEN,
            alpha=0.2,
            linewidth=0,
            label=f"same of {row['n_data']} mass-tagged kaons: {_write(row, 3)}",
        )
    axes.set_xlabel(f"share of protons above the cut (n = {raw['n_proton']})")
    axes.set_ylabel("answer: proton share if no kaon is there")
    axes.set_ylim(0, min(axes.get_ylim()[1], 1.0) * 1.3)
    axes.legend(loc="upper left", labelspacing=0.2, **_FRAMED)


def _draw_mass(axes: "Axes", scores: pd.DataFrame, likeness: pd.DataFrame, colours: dict[str, str]) -> None:
    tagged = scores[(scores["role"] == "data") & scores["beamline_mass"].notna()]
    if tagged.empty:
        axes.text(0.5, 0.5, "no track has a beamline mass", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    axes.plot(
        tagged["beamline_mass"],
        tagged["score"],
        ".",
        color=colours["kaon"],
        markersize=2,
        alpha=0.6,
        label=f"kaon-tagged, n = {len(tagged)}",
    )
    rows = likeness[likeness["selection"] == "all"]
    means = rows[rows["kind"] == "mean"]
    _points(
        axes,
        means["mass_mean"],
        means,
        color=BLACK,
        marker="o",
        label=f"mean in each of {len(means)} bins",
    )
    lines = []
    for selection, word in (("all", "all"), ("window", "in the kaon window")):
        row = likeness[(likeness["selection"] == selection) & (likeness["kind"] == "spearman")].iloc[0]
        if np.isfinite(row["value"]):
            lines.append(f"{word}, n = {row['n']}:\n$\\rho$ = {_write(row)}, p = {row['p_value']:.2g}")
    axes.set_xlabel("beamline mass [MeV/$c^2$]")
    axes.set_ylabel("proton-likeness [log-odds]")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.55 * (high - low))
    axes.legend(
        loc="upper left", labelspacing=0.2, title="\n".join(lines), alignment="left", title_fontsize=7, **_FRAMED
    )


def _points(axes: "Axes", places: Any, rows: pd.DataFrame, *, color: str, marker: str, label: str) -> None:
    ends = np.clip([rows["value"] - rows["low"], rows["high"] - rows["value"]], 0, None)
    axes.errorbar(places, rows["value"], ends, fmt=marker, color=color, markersize=3, elinewidth=0.8, label=label)


def _write(row: pd.Series, digits: int = 2) -> str:
    return format_interval(row["value"], row["low"], row["high"], digits=digits)

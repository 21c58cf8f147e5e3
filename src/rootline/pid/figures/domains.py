"""Networks with and without an adversary against the distance of the second domain."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLACK, BLUE, GREY, VERMILLION, FigureConfig, letter_panel, new_figure
from rootline.pid.analyses.domains import DIFFERENCE, MEAN
from rootline.pid.scan import ADVERSARY, SOURCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Networks with and without an adversary against the distance of the second domain"

MARKS: Final = {SOURCE: ("without adversary", BLUE, "o"), ADVERSARY: ("with adversary", VERMILLION, "s")}

_SPECIES_MARKS: Final = {"pion": "^", "kaon": "v", "proton": "D"}
_VERDICTS: Final = {"gain": "gain", "loss": "loss", "none": "none", "unknown": "?"}


def draw_domains(domains: pd.DataFrame, summary: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw F1 in the second and in the first domain, the difference that the adversary makes, and how well the domains are told apart.

    Parameters
    ----------
    domains, summary : data frames
        As `scan_domains` gives them.
    options : FigureConfig
        The style.
    """
    figure = new_figure(options, width="text", height=5.2)
    target, source, difference, told = figure.subplots(2, 2, sharex=True).ravel()
    of = domains[domains["species"] == MEAN]
    step = _step(of["shift"].to_numpy(dtype=np.float64))
    for axes, measure in ((target, "target_f1"), (source, "source_f1"), (told, "domain_auc")):
        _draw_variants(axes, of, summary, measure, step)
    n_target, n_source = (f"{_range(of[name])} tracks" for name in ("n_target", "n_source"))
    letter_panel(target, "a", f"second domain, n = {n_target}")
    letter_panel(source, "b", f"first domain, n = {n_source}")
    n_told = _range(of["n_domain"].dropna())
    letter_panel(told, "d", f"domains told apart, n = {n_told} tracks")
    told.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    told.set_ylim(min(0.45, told.get_ylim()[0]), max(0.6, told.get_ylim()[1]))
    target.set_ylabel("F1, mean of the species")
    source.set_ylabel("F1, mean of the species")
    told.set_ylabel("AUC of the domain")
    _draw_difference(difference, summary, step, options)
    for axes in (difference, told):
        axes.set_xlabel("distance of the second domain")
    for axes in (target, source):
        axes.tick_params(labelbottom=True)
    handles, labels = target.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _draw_variants(axes: "Axes", domains: pd.DataFrame, summary: pd.DataFrame, measure: str, step: float) -> None:
    for number, (variant, (label, colour, marker)) in enumerate(MARKS.items()):
        seeds = domains[domains["variant"] == variant]
        rows = _rows(summary, variant, measure, MEAN)
        offset = step * (number - 0.5)
        # in fixed places beside the mean, so that equal seeds do not hide each other
        beside = offset * 2.2 + 0.5 * step * (
            seeds["seed"].rank(method="dense") / max(seeds["seed"].nunique(), 1) - 0.5
        )
        axes.plot(
            seeds["shift"] + beside, seeds[measure], marker, color=colour, markersize=2, alpha=0.5, markeredgewidth=0
        )
        name = f"{label}, n = {_range(rows['n_seeds'])} seeds"
        axes.errorbar(
            rows["shift"] + offset,
            rows["mean"],
            rows["spread"].fillna(0),
            fmt=f"-{marker}",
            color=colour,
            markersize=4,
            elinewidth=0.9,
            label=name,
        )


def _draw_difference(axes: "Axes", summary: pd.DataFrame, step: float, options: FigureConfig) -> None:
    axes.axhline(0, color=GREY, linewidth=0.7, linestyle=":")
    for number, (species, marker) in enumerate(_SPECIES_MARKS.items()):
        rows = _rows(summary, DIFFERENCE, "target_f1", species)
        colour = options.colours.get(species, GREY)
        axes.errorbar(
            rows["shift"] + step * (number + 1),
            rows["mean"],
            rows["spread"].fillna(0),
            fmt=marker,
            color=colour,
            markersize=2.5,
            elinewidth=0.6,
            label=species,
        )
    rows = _rows(summary, DIFFERENCE, "target_f1", MEAN)
    axes.errorbar(
        rows["shift"],
        rows["mean"],
        rows["spread"].fillna(0),
        fmt="-o",
        color=BLACK,
        markersize=4,
        elinewidth=0.9,
        label=MEAN,
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.1 * (high - low), high + 0.42 * (high - low))
    for shift, verdict in zip(rows["shift"], rows["verdict"], strict=True):
        axes.annotate(
            _VERDICTS[str(verdict)],
            (shift, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=6,
        )
    axes.set_ylabel("F1 with minus without")
    axes.legend(loc="upper left", ncols=2, columnspacing=0.8, handletextpad=0.3)
    letter_panel(axes, "c", f"second domain, n = {_range(rows['n_seeds'])} seeds")


def _rows(summary: pd.DataFrame, variant: str, measure: str, species: str) -> pd.DataFrame:
    chosen = (summary["variant"] == variant) & (summary["measure"] == measure) & (summary["species"] == species)
    return summary[chosen].sort_values("shift")


def _step(shifts: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """Give by how much points of one distance lie beside each other."""
    distances = np.diff(np.unique(shifts))
    return 0.08 * float(distances.min()) if len(distances) else 0.05


def _range(values: pd.Series) -> str:
    """Write how many: one number, or from the smallest to the largest."""
    if values.empty:
        return "0"
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"

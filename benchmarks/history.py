"""Draw how the ratios of all stages went from one dated file to the next.

Usage: python -m benchmarks.history [PICTURE]

A stage has one point per file: the geometric mean of the ratios of its rows.
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from benchmarks.table import RESULTS, Results, read_results
from rootline.core.figures import OKABE_ITO, FigureConfig, figure_style, new_figure
from rootline.core.names import stable_id

PICTURE: Final = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "performance.png"
MARKERS: Final = "osD^v<>Px*"
FORMS: Final = ("quick", "full")


def read_history(form: str, folder: Path = RESULTS) -> list[Results]:
    """Read all dated files of a form, oldest first."""
    return [read_results(path) for path in sorted(folder.glob(f"????-??-??-{form}.tsv"))]


def stage_ratios(history: list[Results]) -> dict[str, dict[str, float]]:
    """Give date to ratio for each stage, in the order in which they are measured."""
    ratios: dict[str, dict[str, float]] = {}
    for results in history:
        stages = dict.fromkeys(row.stage for row in results.rows)
        for stage in stages:
            logs = [np.log(row.ratio) for row in results.rows if row.stage == stage]
            ratios.setdefault(stage, {})[results.machine["date"]] = float(np.exp(np.mean(logs)))
    return ratios


def draw_history(histories: dict[str, list[Results]], options: FigureConfig) -> Figure:
    """Draw one panel per form, a line per stage."""
    figure = new_figure(options, width="text", height=3.2)
    panels = figure.subplots(1, len(histories), squeeze=False, sharey=True)[0]
    handles = {}
    for axes, (form, history) in zip(panels, histories.items(), strict=True):
        dates = [results.machine["date"] for results in history]
        for number, (stage, ratios) in enumerate(stage_ratios(history).items()):
            places = [dates.index(date) for date in ratios]
            style = {"color": OKABE_ITO[number % len(OKABE_ITO)], "marker": MARKERS[number % len(MARKERS)]}
            (handles[stage],) = axes.plot(places, list(ratios.values()), markersize=4, linewidth=0.8, **style)
        axes.axhline(1, color="black", linewidth=0.5, linestyle=":")
        axes.set_yscale("log")
        axes.set_xticks(range(len(dates)), dates, rotation=30, ha="right")
        axes.set_title(form)
    panels[0].set_ylabel("CPU time, baseline / ours")
    figure.legend(list(handles.values()), list(handles), loc="outside right center", frameon=False)
    return figure


def main() -> None:
    """Write the picture, with what it was drawn from in its metadata."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    histories = {form: history for form in FORMS if (history := read_history(form))}
    style = FigureConfig()
    with figure_style(style):
        figure = draw_history(histories, style)
        figure.savefig(path, dpi=150, metadata={"Software": None, "Description": described(histories)})


def described(histories: dict[str, list[Results]]) -> str:
    """Say what a picture shows that is current: the newest date of each form, and a digest of all ratios, for a day's table may be made twice."""
    ratios = {
        form: {stage: [f"{ratio:.3g}" for ratio in dated.values()] for stage, dated in stage_ratios(history).items()}
        for form, history in histories.items()
    }
    dates = ", ".join(f"{form} {history[-1].machine['date']}" for form, history in histories.items())
    return f"{dates}, {stable_id(ratios)}"


if __name__ == "__main__":
    main()

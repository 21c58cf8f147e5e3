"""One event: the waveforms of both planes, its clusters, and what became of each."""

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import BLACK, GREY, ORANGE, PURPLE, SKY_BLUE, FigureConfig, letter_panel, new_figure
from rootline.lartpc.cuts import EntryWindow
from rootline.lartpc.detector import PLANES
from rootline.lartpc.event_display import CUT, FATES, NO_RECO, NOT_LISTED, PAIR_CUT, TRACK, UNPAIRED, EventView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

TITLE: Final = "Event display"

TRACK_COLOURS: Final = (ORANGE, PURPLE)
"""In turn by track number; none is the colour of a species."""

CUT_STYLES: Final = {"height": ":", "profile": "-.", "entry_wire": "--", "vertex_tick": (0, (5, 1, 1, 1, 1, 1))}

TICKS_DRAWN: Final = 1024
"""More are not told apart on paper; of each group of ticks the one with most charge, of either sign, is drawn."""

_MAP = "RdGy"
_MARGIN_WIRES, _MARGIN_TICKS = 1.5, 12
_SCALE_TICKS = (0, 10, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)
_LINE_LENGTH = 58


def draw_event(view: EventView, options: FigureConfig) -> "Figure":
    """Draw the waveforms of both planes as images, a box around each cluster, and below them what became of it.

    Parameters
    ----------
    view : EventView
        The event.
    options : FigureConfig
        The style.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    legends = [_legend_rows(view.clusters[view.clusters["plane"] == plane]) for plane in PLANES]
    lines = max(1, *(sum(label.count("\n") + 1 for _, label in rows) for rows in legends))
    figure = new_figure(options, width="text", height=4.2 + 0.16 * lines)
    panels = figure.subplots(1, len(PLANES), sharey=True)
    for letter, plane, axes, rows in zip("ab", PLANES, panels, legends, strict=True):
        clusters = view.clusters[view.clusters["plane"] == plane]
        _draw_waveforms(axes, view.planes[plane])
        _draw_window(axes, view.cuts.window(plane))
        for _, cluster in clusters.iterrows():
            _draw_box(axes, cluster)
        wires, ticks = view.planes[plane].shape
        axes.set(xlim=(-0.5, wires - 0.5), ylim=(-0.5, ticks - 0.5))
        kept = int(clusters["cut"].isna().sum())
        letter_panel(axes, letter, f"{plane}: {len(clusters)} clusters, {kept} kept")
        axes.set_xlabel("wire")
        _draw_legend(axes, rows, options)
    panels[0].set_ylabel("tick")
    where = view.located
    run, subrun, event = where.numbers
    figure.suptitle(f"{where.sample}, run {run}, subrun {subrun}, event {event}", fontsize=options.font_size + 1)
    renderer: RendererBase = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()  # from now on it is known where the panels lie
    for plane, axes in zip(PLANES, panels, strict=True):
        _number_boxes(axes, view.clusters[view.clusters["plane"] == plane], options, renderer)
    return figure


def _draw_waveforms(axes: "Axes", waveforms: NDArray[np.int16]) -> None:
    wires, ticks = waveforms.shape
    norm = _scale(waveforms)
    drawn = axes.imshow(
        _pool_ticks(waveforms, -(-ticks // TICKS_DRAWN)).T, origin="lower", extent=(-0.5, wires - 0.5, -0.5, ticks - 0.5),
        aspect="auto", interpolation="nearest", cmap=_MAP, norm=norm,
    )  # fmt: skip
    largest = float(norm.vmax or 1.0)
    bar = axes.figure.colorbar(drawn, ax=axes, fraction=0.05, pad=0.02, aspect=40, extend="both")
    shown = [tick for tick in _SCALE_TICKS if tick <= largest]
    bar.set_ticks(sorted({sign * tick for tick in shown for sign in (-1, 1)}))
    bar.set_label("ADC, pedestal subtracted")
    bar.outline.set_linewidth(0.4)
    bar.minorticks_off()


def _scale(waveforms: NDArray[np.int16]) -> "Normalize":
    """Give the scale of colour: the square root of the ADC, so that noise stays pale and a faint track is seen."""
    from matplotlib.colors import FuncNorm

    sizes = np.abs(waveforms[waveforms != 0].astype(np.int64))
    loud = sizes[sizes > 4 * np.median(sizes)] if len(sizes) else sizes
    largest = max(float(np.quantile(loud, 0.98)) if len(loud) else 0.0, 20.0)

    def root(values: NDArray[np.floating]) -> NDArray[np.floating]:
        roots: NDArray[np.floating] = np.sign(values) * np.sqrt(np.abs(values))
        return roots

    def square(values: NDArray[np.floating]) -> NDArray[np.floating]:
        squares: NDArray[np.floating] = np.sign(values) * np.square(values)
        return squares

    return FuncNorm((root, square), vmin=-largest, vmax=largest)


def _pool_ticks(waveforms: NDArray[np.int16], group: int) -> NDArray[np.int16]:
    """Give the value of largest size of each `group` ticks: a narrow pulse must not fall between two pixels."""
    if group == 1:
        return waveforms
    wires, ticks = waveforms.shape
    padded = np.pad(waveforms, ((0, 0), (0, -ticks % group))).reshape(wires, -1, group)
    highest, lowest = padded.max(axis=-1), padded.min(axis=-1)
    pooled: NDArray[np.int16] = np.where(highest >= -lowest.astype(np.int32), highest, lowest)
    return pooled


def _draw_window(axes: "Axes", window: EntryWindow) -> None:
    """Draw where a cluster must begin; a side without bound ends at the frame."""
    from matplotlib.patches import Rectangle

    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    if all(bound is None for bound in (window.wire_min, window.wire_max, window.tick_min, window.tick_max)):
        return
    x = (left if window.wire_min is None else window.wire_min, right if window.wire_max is None else window.wire_max)
    y = (bottom if window.tick_min is None else window.tick_min, top if window.tick_max is None else window.tick_max)
    axes.add_patch(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], fill=False, edgecolor=SKY_BLUE, linewidth=1.0))


def _style(cluster: "pd.Series[Any]") -> dict[str, Any]:
    """Give colour and line of a cluster's box, the same in the legend."""
    fate = cluster["fate"]
    if fate == TRACK:
        return {"color": TRACK_COLOURS[int(cluster["track"]) % len(TRACK_COLOURS)], "linewidth": 1.3}
    if fate == CUT:
        return {"color": GREY, "linewidth": 0.7, "linestyle": CUT_STYLES.get(str(cluster["reason"]), ":")}
    return {"color": BLACK, "linewidth": 0.9, "linestyle": "-" if fate == UNPAIRED else "--"}


def _draw_box(axes: "Axes", cluster: "pd.Series[Any]") -> None:
    from matplotlib.patches import Rectangle

    box = _box(cluster)
    axes.add_patch(Rectangle(box.p0, box.width, box.height, fill=False, **_style(cluster)))
    if cluster["fate"] != CUT or cluster["reason"] in ("entry_wire", "vertex_tick"):
        axes.plot(cluster["wire_min"], cluster["vertex_tick"], "+", color=_style(cluster)["color"], markersize=5)


def _box(cluster: "pd.Series[Any]") -> "Bbox":
    """Give the box of a cluster in wires and ticks with a margin, so that one pixel is seen too."""
    from matplotlib.transforms import Bbox

    sides = [float(cluster[side]) for side in ("wire_min", "tick_min", "wire_max", "tick_max")]
    margins = (-_MARGIN_WIRES, -_MARGIN_TICKS, _MARGIN_WIRES - 1, _MARGIN_TICKS - 1)
    return Bbox.from_extents(*(side + margin for side, margin in zip(sides, margins, strict=True)))


def _legend_rows(clusters: pd.DataFrame) -> list[tuple[dict[str, Any], str]]:
    """Give style and text of each fate, and which clusters shared it."""
    rows = []
    ordered = clusters.assign(place=clusters["fate"].map(FATES.index))
    for (_, track, reason), same in ordered.groupby(["place", "track", "reason"], sort=True):
        first = same.iloc[0]
        words = str(reason).replace("_", " ")
        text = {
            TRACK: f"track {track}",
            NO_RECO: f"pair {track}: no reconstruction",
            NOT_LISTED: f"pair {track}: not in the event list",
            PAIR_CUT: f"pair {track}: cut by {words}",
            UNPAIRED: "kept, but without partner",
            CUT: f"cut by {words}",
        }[str(first["fate"])]
        rows.append(
            (_style(first), _wrap(f"{text}: cluster{'s' * (len(same) > 1)} {_ranges(same['cluster'].tolist())}"))
        )
    return rows


def _ranges(numbers: list[int]) -> str:
    """Write numbers, consecutive ones as a range: ``1, 4-7``."""
    parts = []
    for _, group in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        parts.append(str(run[0]) if len(run) == 1 else f"{run[0]}\N{EN DASH}{run[-1]}")
    return ", ".join(parts)


def _wrap(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, _LINE_LENGTH, subsequent_indent="   "))


def _draw_legend(axes: "Axes", rows: list[tuple[dict[str, Any], str]], options: FigureConfig) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Line2D | Patch] = [Line2D([], [], **style, label=label) for style, label in rows]
    handles.append(Patch(fill=False, edgecolor=SKY_BLUE, label="entry window; +: where a cluster begins"))
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, -0.11), fontsize=options.font_size - 1.5,
        handlelength=2.5, labelspacing=0.25, borderaxespad=0,
    )  # fmt: skip


def _number_boxes(axes: "Axes", clusters: pd.DataFrame, options: FigureConfig, renderer: "RendererBase") -> None:
    """Write beside each box the number of its track or pair, else of the cluster, where there is room for it."""
    taken: list[Bbox] = []
    for _, cluster in clusters.sort_values("n_pixels", ascending=False, kind="stable").iterrows():
        box, in_track = _box(cluster), cluster["fate"] == TRACK
        name = {TRACK: "track {}", NO_RECO: "pair {}", NOT_LISTED: "pair {}", PAIR_CUT: "pair {}"}.get(cluster["fate"])
        label = name.format(cluster["track"]) if name else str(cluster["cluster"])
        for x, y, side in ((box.x1, box.y1, "left"), (box.x0, box.y1, "right"), (box.x1, box.y0, "left")):
            if not (axes.viewLim.x0 < x < axes.viewLim.x1 and axes.viewLim.y0 < y < axes.viewLim.y1):
                continue
            text = axes.text(
                x, y, label, ha=side, va="bottom" if in_track else "center", fontsize=max(options.font_size - 2, 6),
                color=_style(cluster)["color"] if in_track else BLACK, weight="bold" if in_track else "normal",
            )  # fmt: skip
            extent = text.get_window_extent(renderer).padded(1)
            inside = axes.bbox.x0 < extent.x0 and extent.x1 < axes.bbox.x1 and extent.y1 < axes.bbox.y1
            if inside and not any(extent.overlaps(other) for other in taken):
                taken.append(extent)
                break
            text.remove()  # it would leave the panel or cover another number; the legend has it in any case

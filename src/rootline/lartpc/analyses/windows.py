"""Entry windows proposed by the data: where clusters of the beam outnumber those of halo and cosmics.

The beam comes at one time; halo and cosmics come at any time of the
readout. The density of first wire and vertex tick is therefore a peak on a
background that is flat in ticks, and whatever lies far from the peak in
time tells how much background there is on each wire.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import yaml

from rootline.core.seeds import generator
from rootline.core.tables import EVENT_KEY
from rootline.lartpc.analyses.settings.windows import WindowsConfig
from rootline.lartpc.analyses.statistics import Bools, Floats, Ints, percentile_interval
from rootline.lartpc.cuts import CutsConfig, EntryWindow
from rootline.lartpc.detector import PLANES

TRIED_BEFORE: Final = ("height", "profile")
"""Cuts that come before the window; the clusters that fail them do not count."""

WINDOWS_KEY: Final = ("plane", "window", "quantity")

SIDES: Final = ("wire_min", "wire_max", "tick_min", "tick_max")

ROLES: Final = ("train", "held_out", "mip")
"""Roles whose tracks come with the beam, hence through one window."""

_CONTENTS = ("clusters", "background", "beam", "purity")
_COLUMNS = ("plane", "window", "quantity", "value", "low", "high", "n")
_WIRE_COARSE, _TICK_COARSE = 4, 128  # cells in which the peak is looked for
_FIRST_REACH = 3  # cells to each side of the peak that the first wire window is found with
_ROUNDS = 10


class Window(NamedTuple):
    """First and last wire and tick that are inside; half open in ticks."""

    wire_first: int
    wire_last: int
    tick_first: float
    tick_end: float

    def bounds(self) -> dict[str, int]:
        """Give the exclusive bounds of the config."""
        bounds = (self.wire_first - 1, self.wire_last + 1, round(self.tick_first) - 1, round(self.tick_end))
        return dict(zip(SIDES, bounds, strict=True))


class _Entries(NamedTuple):
    """First wires and vertex ticks of the clusters of one plane, and how often each counts."""

    wires: Ints
    ticks: Ints
    counts: Floats

    def inside(self, window: Window) -> Bools:
        in_ticks = (self.ticks >= window.tick_first) & (self.ticks < window.tick_end)
        return (self.wires >= window.wire_first) & (self.wires <= window.wire_last) & in_ticks


def propose_windows(clusters: pd.DataFrame, cuts: CutsConfig, options: WindowsConfig) -> pd.DataFrame:
    """Propose the entry window of each plane and compare it with that of the config.

    The peak is where the cells of 4 wires and 128 ticks hold most. Its
    wires are those around it on which, within its ticks, the beam (what is
    there beyond the background) is at least `contrast` times the background;
    its ticks likewise, on its wires; the two are found in turn until they
    stay. Counts are smoothed by the monotonic fall to each side of the peak
    that fits them best (isotonic regression). The background of a wire is
    what it has per tick outside the window widened by half its width to each side.

    Parameters
    ----------
    clusters : data frame
        sample, run, subrun, event, plane, wire_min, vertex_tick and cut of all clusters.
    cuts : CutsConfig
        Gives the windows now in use, those of the role train.
    options : WindowsConfig
        Contrast, bins, bootstrap.

    Returns
    -------
    data frame
        plane, window (proposed | configured), quantity, value, low, high
        (95 %, bootstrap over events), n: the clusters of the plane. Quantities
        of the proposed window: the four bounds, exclusive as in the config;
        of both: clusters inside, background expected among them, beam (the
        difference), purity (its share). NaN where there is no proposal.
    """
    tried = clusters[~clusters["cut"].isin(TRIED_BEFORE)].sort_values([*EVENT_KEY, "wire_min", "vertex_tick"])
    records = []
    for plane in PLANES:
        mine = tried[tried["plane"] == plane]
        events = mine.groupby(list(EVENT_KEY), sort=False).ngroup().to_numpy()
        entries = _Entries(
            mine["wire_min"].to_numpy(np.int64), mine["vertex_tick"].to_numpy(np.int64), np.ones(len(mine))
        )
        in_use = _configured(cuts.train.window(plane), entries)
        value = _measure(entries, in_use, options)
        rng = generator(options.seed, "windows", plane)
        resampled = []
        for _ in range(options.bootstrap if value["proposed", "wire_min"] is not None else 0):
            drawn = rng.multinomial(events.max() + 1, np.full(events.max() + 1, 1 / (events.max() + 1)))
            resampled.append(_measure(entries._replace(counts=drawn[events].astype(np.float64)), in_use, options))
        for key, number in value.items():
            again = np.array([np.nan if other[key] is None else other[key] for other in resampled], dtype=np.float64)
            low, high = percentile_interval(again)
            record = {"plane": plane, "window": key[0], "quantity": key[1], "value": number}
            records.append(record | {"low": low, "high": high, "n": len(mine)})
    return pd.DataFrame.from_records(records, columns=list(_COLUMNS)).astype(
        dict.fromkeys(("value", "low", "high"), "float64")
    )


def describe_windows(windows: pd.DataFrame) -> str:
    """Write the proposal as the part of a config that it can stand for, with the intervals as remarks.

    A plane without a proposal is left out; so it keeps what the config says.
    """
    lines = [
        "# Entry windows from the data; bounds are exclusive. Paste this into a config, or give a copy of it as a",
        "# second file: snakemake --configfile <yours> <the copy>. The intervals are 95 %.",
    ]
    of_planes = {plane: bounds for plane in PLANES if (bounds := proposed_bounds(windows, plane))}
    lines += [f"# {plane}: too few clusters for a proposal" for plane in PLANES if plane not in of_planes]
    if not of_planes:
        return "\n".join([*lines, "{}"]) + "\n"
    lines += [f"# {plane}: " + _remarks(windows, plane) for plane in of_planes]
    body = {"lartpc": {"cuts": dict.fromkeys(ROLES, of_planes)}}
    return "\n".join(lines) + "\n" + str(yaml.dump(body, Dumper=_Plain, sort_keys=False))


def proposed_bounds(windows: pd.DataFrame, plane: str) -> dict[str, int]:
    """Give the four proposed bounds of a plane by their config keys; nothing where there is no proposal."""
    rows = windows[(windows["plane"] == plane) & (windows["window"] == "proposed")].set_index("quantity")["value"]
    found = rows.reindex(list(SIDES))
    return {} if found.isna().any() else {side: int(found[side]) for side in SIDES}


class _Plain(yaml.SafeDumper):
    """Writes equal parts out again, where YAML would refer to the first."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _remarks(windows: pd.DataFrame, plane: str) -> str:
    rows = windows[(windows["plane"] == plane) & (windows["window"] == "proposed")].set_index("quantity")
    texts = [f"{side} [{rows['low'][side]:.0f}, {rows['high'][side]:.0f}]" for side in SIDES]
    return ", ".join(texts) + f", n = {rows['n'].iloc[0]}"


def _configured(window: EntryWindow, entries: _Entries) -> Window:
    """Give the window in use; where it has no bound it ends with the data."""
    last_wire, last_tick = (int(values.max(initial=0)) for values in (entries.wires, entries.ticks))
    return Window(
        0 if window.wire_min is None else window.wire_min + 1,
        last_wire if window.wire_max is None else window.wire_max - 1,
        0 if window.tick_min is None else window.tick_min + 1,
        last_tick + 1 if window.tick_max is None else window.tick_max,
    )


def _measure(entries: _Entries, in_use: Window, options: WindowsConfig) -> dict[tuple[str, str], float | None]:
    proposed = _find(entries, options)
    bounds: Mapping[str, float | None] = proposed.bounds() if proposed else dict.fromkeys(SIDES)
    found: dict[tuple[str, str], float | None] = {("proposed", side): bounds[side] for side in SIDES}
    for name, window in (("proposed", proposed), ("configured", in_use)):
        contents = dict.fromkeys(_CONTENTS) if window is None or proposed is None else _weigh(entries, window, proposed)
        found |= {(name, quantity): contents[quantity] for quantity in _CONTENTS}
    return found


def _weigh(entries: _Entries, window: Window, peak: Window) -> dict[str, float | None]:
    """Count what is inside, and how much of it the ticks far from the peak say is background."""
    n = float(entries.counts[entries.inside(window)].sum())
    per_tick = _background_of_wires(entries, peak)[window.wire_first : window.wire_last + 1].sum()
    background = float(per_tick * (window.tick_end - window.tick_first))
    return {
        "clusters": n,
        "background": background,
        "beam": n - background,
        "purity": 1 - background / n if n else None,
    }


def _find(entries: _Entries, options: WindowsConfig) -> Window | None:
    """Find the peak and where it ends; nothing if it does not stand out."""
    if entries.counts.sum() < options.min_clusters:
        return None
    last_wire, last_tick = int(entries.wires.max()), int(entries.ticks.max())
    cells = [
        np.arange(0, last + step + 1, step) for last, step in ((last_wire, _WIRE_COARSE), (last_tick, _TICK_COARSE))
    ]
    counts, _, _ = np.histogram2d(entries.wires, entries.ticks, cells, weights=entries.counts)
    wire_cell, tick_cell = np.unravel_index(int(counts.argmax()), counts.shape)
    reach = _FIRST_REACH * _TICK_COARSE
    middle = (tick_cell + 0.5) * _TICK_COARSE
    window = Window(
        int(wire_cell) * _WIRE_COARSE, (int(wire_cell) + 1) * _WIRE_COARSE - 1, middle - reach, middle + reach
    )
    for _ in range(_ROUNDS):
        refined = _refine(entries, window, options)
        if refined is None or refined == window:
            return refined
        window = refined
    return window


def _refine(entries: _Entries, window: Window, options: WindowsConfig) -> Window | None:
    """Find the wires within the window's ticks, then the ticks on these wires."""
    limit = 1 + options.contrast
    in_ticks = (entries.ticks >= window.tick_first) & (entries.ticks < window.tick_end)
    background = _background_of_wires(entries, window) * (window.tick_end - window.tick_first)
    on_wire = np.bincount(entries.wires, entries.counts * in_ticks, minlength=len(background))
    wires = _around_peak(on_wire.astype(np.float64), limit * background)
    if wires is None:
        return None
    window = window._replace(wire_first=wires[0], wire_last=wires[1])
    step = options.tick_bin
    on_wires = (entries.wires >= window.wire_first) & (entries.wires <= window.wire_last)
    n_bins = int(entries.ticks.max()) // step + 1
    in_bin = np.bincount(entries.ticks // step, entries.counts * on_wires, minlength=n_bins)
    level = _background_of_wires(entries, window)[window.wire_first : window.wire_last + 1].sum() * step
    ticks = _around_peak(in_bin.astype(np.float64), np.full(n_bins, limit * level))
    return None if ticks is None else window._replace(tick_first=ticks[0] * step, tick_end=(ticks[1] + 1) * step)


def _background_of_wires(entries: _Entries, window: Window) -> Floats:
    """Background per wire and tick, from the ticks outside the window widened by half its width to each side.

    Smoothed over the neighbouring wires, five in all.
    """
    last_tick = int(entries.ticks.max()) + 1
    margin = (window.tick_end - window.tick_first) / 2
    low, high = max(window.tick_first - margin, 0.0), min(window.tick_end + margin, float(last_tick))
    far = (entries.ticks < low) | (entries.ticks >= high)
    counts = np.bincount(entries.wires, entries.counts * far, minlength=int(entries.wires.max()) + 1)
    padded = np.pad(counts, 2, mode="edge")
    smooth = np.convolve(padded, np.full(5, 0.2), mode="valid")
    background: Floats = smooth / max(last_tick - (high - low), 1.0)
    return background


def _around_peak(counts: Floats, limits: Floats) -> tuple[int, int] | None:
    """Give first and last bin around the highest whose smoothed counts reach the limit, nothing if that does not."""
    from scipy.optimize import isotonic_regression

    smooth = np.convolve(np.pad(counts, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    peak = int(smooth.argmax())
    rising = isotonic_regression(counts[: peak + 1], increasing=True).x
    falling = isotonic_regression(counts[peak:], increasing=False).x
    reached = np.concatenate([rising[:-1], [max(rising[-1], falling[0])], falling[1:]]) >= np.maximum(limits, 1e-9)
    if not reached[peak]:
        return None
    below = np.flatnonzero(~reached)
    return int(below[below < peak].max(initial=-1)) + 1, int(below[below > peak].min(initial=len(counts))) - 1

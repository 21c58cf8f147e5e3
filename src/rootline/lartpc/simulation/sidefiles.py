"""What the beamline and the reconstruction would report of simulated events, and the expected curves."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from rootline.core.files import write_text
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import SideFilesConfig
from rootline.lartpc.simulation.events import Block
from rootline.lartpc.simulation.particles import BEAM, LIGHT_CM_US, MASSES, Floats, Ints, momentum
from rootline.lartpc.simulation.readout import split_steps, wire_coordinate
from rootline.lartpc.simulation.stopping import RangeTables, stopping_power

CURVE_STEP_CM: Final = 0.05
CURVE_END_CM: Final = 120.0  # longer than any straight way through the chamber
SHORTEST_HIT: Final = 0.4  # of a wire's usual track length; shorter pieces are at the ends and give no hit
NEAREST_HIT_CM: Final = 0.03  # a hit nearer to the end than this is not reconstructed
Row = dict[str, Any]


def beamline_rows(block: Block, options: SideFilesConfig, rng: np.random.Generator) -> list[Row]:
    """Rows of the beamline table: flags p and m, and the mass [MeV/c2] from momentum and time of flight."""
    n = len(block)
    mass = MASSES[block.beam.species]
    p = momentum(block.beam.energy, mass)
    flight_ns = options.flight_cm / LIGHT_CM_US * 1e3 * np.sqrt(1 + (mass / p) ** 2)
    picky = rng.random(n) < options.picky_share
    # events that are not picky have a second candidate track and a worse momentum
    worse = np.where(picky, 1.0, 2.5)
    measured_p = p * (1 + options.momentum_resolution * worse * rng.standard_normal(n))
    measured_ns = flight_ns + options.tof_ns * rng.standard_normal(n)
    square = measured_p**2 * ((measured_ns * 1e-3 * LIGHT_CM_US / options.flight_cm) ** 2 - 1)
    measured_mass = np.sign(square) * np.sqrt(np.abs(square))
    clean = rng.random(n) < 0.95
    present = rng.random(n) >= options.beamline_missing
    return [
        _key(block, i) | {"p": int(picky[i]), "m": int(clean[i]), "beamline_mass": round(float(measured_mass[i]), 3)}
        for i in np.flatnonzero(present)
    ]


def reco_rows(block: Block, options: SideFilesConfig, detector: DetectorConfig, rng: np.random.Generator) -> list[Row]:
    """Rows of the reconstruction table: residual range [cm] and dE/dx [MeV/cm] per hit of the beam track.

    One hit per collection wire that the beam particle crossed, in the order of the beam.
    """
    n = len(block)
    hits = _wire_sums(block, detector)
    end_shift = options.range_resolution_cm * rng.standard_normal(n)
    residual = block.ends.path[hits.event] + end_shift[hits.event] - hits.path
    dedx = hits.energy / hits.length * (1 + options.dedx_resolution * rng.standard_normal(len(hits.event)))
    wild = rng.random(len(hits.event)) < options.wild_hits
    dedx = np.where(wild, rng.uniform(100, 400, len(wild)), dedx)
    kept = (residual > NEAREST_HIT_CM) & (dedx > 0)
    present = rng.random(n) >= options.reco_missing
    bounds = np.searchsorted(hits.event[kept], np.arange(n + 1))
    residual, dedx = np.round(residual[kept], 3), np.round(dedx[kept], 4)
    return [
        _key(block, i)
        | {"trkrr": residual[bounds[i] : bounds[i + 1]].tolist(), "trkdedx": dedx[bounds[i] : bounds[i + 1]].tolist()}
        for i in np.flatnonzero(present)
    ]


class WireSums(NamedTuple):
    """The beam particle's way over single collection wires: event, middle of its path [cm], length [cm], energy [MeV]."""

    event: Ints
    path: Floats
    length: Floats
    energy: Floats


def _wire_sums(block: Block, detector: DetectorConfig) -> WireSums:
    steps = block.steps
    beam = np.flatnonzero(steps.origin == BEAM)
    step, share, along = split_steps(steps.length[beam])
    step = beam[step]
    position = steps.middle[step] + along[:, None] * steps.direction[step]
    wire = np.floor(wire_coordinate(position, "collection", detector)).astype(np.int64)
    seen = (wire >= 0) & (wire < detector.wires)
    step, share, along, wire = step[seen], share[seen], along[seen], wire[seen]
    cells, place = np.unique(steps.event[step] * detector.wires + wire, return_inverse=True)
    pieces = share * steps.length[step]
    length = np.bincount(place, pieces).astype(np.float64)
    energy = np.bincount(place, share * steps.energy[step]).astype(np.float64)
    path = np.bincount(place, pieces * (steps.path[step] + along)) / np.maximum(length, 1e-9)
    event = cells // detector.wires
    usual = np.array(
        [np.median(length[event == number]) if (event == number).any() else 0.0 for number in range(len(block))]
    )
    kept = np.flatnonzero(length > SHORTEST_HIT * usual[event])
    # in the order in which the particle meets them, which for a track that turns back is not the wires' own
    kept = kept[np.lexsort((path[kept], event[kept]))]
    return WireSums(event[kept], path[kept], length[kept], energy[kept])


def _key(block: Block, i: int | np.integer[Any]) -> Row:
    return {"run": int(block.run[i]), "subrun": int(block.subrun[i]), "event": int(block.event[i])}


def write_beamline(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the beamline CSV: run, subrun, event, p, m, beamline_mass [MeV/c2]."""
    lines = ["run,subrun,event,p,m,beamline_mass"]
    lines += [
        f"{row['run']},{row['subrun']},{row['event']},{row['p']},{row['m']},{row['beamline_mass']:.3f}" for row in rows
    ]
    write_text(path, "\n".join(lines) + "\n")


def write_reco(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the reconstruction CSV: run, subrun, event, trkrr [cm], trkdedx [MeV/cm], lists joined by `;`."""
    lines = ["run,subrun,event,trkrr,trkdedx"]
    for row in rows:
        ranges = ";".join(f"{value:.3f}" for value in row["trkrr"])
        dedx = ";".join(f"{value:.4f}" for value in row["trkdedx"])
        lines.append(f"{row['run']},{row['subrun']},{row['event']},{ranges},{dedx}")
    write_text(path, "\n".join(lines) + "\n")


def picked_events(truth: Iterable[Mapping[str, Any]], samples: Mapping[str, str]) -> list[Row]:
    """Give the events that a person would pick from a display: the beam particle is the wanted one and comes to rest.

    Parameters
    ----------
    truth : rows of the truth table
        With sample, run, subrun, event, species and ending.
    samples : mapping
        Sample to pick from, to the particle wanted there.
    """
    return [
        {name: row[name] for name in ("run", "subrun", "event")}
        for row in truth
        if samples.get(row["sample"]) == row["species"] and row["ending"] in ("stop", "decay_at_rest")
    ]


def write_event_list(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write an event list: run, subrun, event."""
    lines = ["run,subrun,event", *(f"{row['run']},{row['subrun']},{row['event']}" for row in rows)]
    write_text(path, "\n".join(lines) + "\n")


def expected_curve(species: int, *, tables: RangeTables | None = None) -> tuple[Floats, Floats]:
    """Give residual ranges [cm] on the 0.05 cm grid and the mean dE/dx [MeV/cm] of the Bethe formula there.

    The mean, because that is what a hit reports in the last 10 cm, where the
    hypotheses differ most. Further away the most probable value at a wire's
    pitch is lower, by 9 % for a kaon and 6 % for a proton at 30 cm; curves of
    it separated stopping kaons and protons no better.
    """
    tables = tables or RangeTables()
    residual = np.arange(1, round(CURVE_END_CM / CURVE_STEP_CM) + 1).astype(np.float64) * CURVE_STEP_CM
    return residual, stopping_power(tables.energy_mev(residual, species), species)


def write_curve(path: Path, species: int) -> None:
    """Write the expected curve of a species: residual range [cm], dE/dx [MeV/cm], in natural order."""
    lines = ["# residual range [cm], dE/dx [MeV/cm]"]
    lines += [f"{residual:.2f},{dedx:.5f}" for residual, dedx in zip(*expected_curve(species), strict=True)]
    write_text(path, "\n".join(lines) + "\n")

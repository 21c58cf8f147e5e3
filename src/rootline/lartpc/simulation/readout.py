"""From energy deposits to the ADC counts of both planes.

Charge by the modified box model, less what the drift loses, spread by
diffusion, on wires at plus and minus the wire angle; a unipolar pulse on the
collection plane and a bipolar one on the induction plane; coloured noise from
a bank, whose stretches each channel picks at random with a random sign.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import ReadoutConfig
from rootline.lartpc.simulation.particles import Floats, Ints
from rootline.lartpc.simulation.pulses import noise_bank, pulse
from rootline.lartpc.simulation.stopping import LAR_DENSITY_G_CM3
from rootline.lartpc.simulation.transport import Steps

IONISATION_MEV: Final = 23.6e-6  # energy per electron-ion pair in liquid argon, Phys. Rev. A 9 (1974) 1438
BOX_ALPHA: Final = 0.93  # modified box model, ArgoNeuT, arXiv:1306.1712
BOX_BETA: Final = 0.212  # [kV/cm g/cm2 / MeV], the same
POINT_CM: Final = 0.06  # steps are cut into points no further apart
# three points with the moments of a Gaussian (Gauss-Hermite)
SPREAD: Final = ((-np.sqrt(3.0), 1 / 6), (0.0, 2 / 3), (np.sqrt(3.0), 1 / 6))
PLANE_SIGN: Final = {"induction": -1.0, "collection": 1.0}
"""Sign of the height in the coordinate across the wires; the order is that of the channel numbers."""


def recombination(dedx: Floats, field_kv_cm: float) -> Floats:
    """Share of the ionisation that escapes recombination at dE/dx [MeV/cm]."""
    strength = BOX_BETA / (LAR_DENSITY_G_CM3 * field_kv_cm) * np.maximum(dedx, 1e-3)
    # below the minimum of ionisation the formula would exceed one
    return np.clip(np.log(BOX_ALPHA + strength) / strength, 0.0, 1.0)


def wire_coordinate(position: Floats, plane: str, detector: DetectorConfig) -> Floats:
    """Place across the wires [wires] of points (n, 3); its floor is the wire, rising along the beam."""
    angle = np.deg2rad(detector.wire_angle_deg)
    across = position[:, 2] * np.sin(angle) + PLANE_SIGN[plane] * position[:, 1] * np.cos(angle)
    middle = 0.5 * detector.length_cm * np.sin(angle)
    wires: Floats = (across - middle) / detector.pitch_cm + detector.wires / 2
    return wires


def split_steps(length: Floats) -> tuple[Ints, Floats, Floats]:
    """Cut steps of the given lengths (n,) [cm] into equal pieces no longer than POINT_CM.

    Returns
    -------
    step, share, along : (m,) arrays
        The step that a piece is of, its share of it, and its place from the step's middle [cm].
    """
    pieces = np.maximum(np.ceil(length / POINT_CM), 1).astype(np.int64)
    step = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(step)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = 1 / pieces[step]
    return step, share, ((number + 0.5) * share - 0.5) * length[step]


class Charge(NamedTuple):
    """Electrons that arrive in cells of one event: cell (n,) = channel x ticks + tick, electrons (n,)."""

    cell: Ints
    electrons: Floats


class Readout:
    """The wires, the amplifiers and the digitiser; holds pulses, noise and scratch space."""

    def __init__(self, readout: ReadoutConfig, detector: DetectorConfig, rng: np.random.Generator) -> None:
        self._readout, self._detector = readout, detector
        self._n_channels = 2 * detector.wires
        self._scratch = np.zeros(self._n_channels * detector.ticks)
        gains = {"induction": readout.gain_induction, "collection": readout.gain_collection}
        self._pulses = {plane: pulse(plane, readout.shaping_ticks, gains[plane] * 1e-3) for plane in PLANE_SIGN}
        bank = noise_bank(readout.noise_adc, readout.shaping_ticks, 512 * detector.ticks, rng)
        self._noise = np.concatenate([bank, -bank])
        self._quantised = np.rint(self._noise).astype(np.int16)

    def arrivals(self, steps: Steps, n_events: int) -> list[Charge]:
        """Drift the ionisation of a block of events to the wires, one Charge per event."""
        detector, readout = self._detector, self._readout
        electrons = steps.energy / IONISATION_MEV
        electrons = electrons * recombination(steps.energy / np.maximum(steps.length, 1e-4), detector.field_kv_cm)
        step, share, along = split_steps(steps.length)
        position = steps.middle[step] + along[:, None] * steps.direction[step]
        drift_us = np.maximum(position[:, 0], 0.0) / detector.drift_velocity_cm_us
        charge = electrons[step] * share * np.exp(-drift_us / readout.lifetime_us)
        tick_cm = detector.drift_velocity_cm_us * detector.tick_us
        spread_ticks = np.sqrt(2e-6 * readout.diffusion_long_cm2_s * drift_us) / tick_cm
        spread_wires = np.sqrt(2e-6 * readout.diffusion_trans_cm2_s * drift_us) / detector.pitch_cm
        tick = readout.trigger_tick + (steps.time[step] + drift_us) / detector.tick_us
        cells, charges, events = [], [], []
        for first, plane in enumerate(PLANE_SIGN):
            gap = readout.plane_gap_cm / tick_cm if plane == "collection" else 0.0
            place = wire_coordinate(position, plane, detector)
            wire = np.floor(place).astype(np.int64)
            inside = place - wire
            other = np.where(inside < 0.5, wire - 1, wire + 1)
            over = ndtr(-np.minimum(inside, 1 - inside) / np.maximum(spread_wires, 1e-6))
            for sigmas, weight in SPREAD:
                at = np.rint(tick + gap + sigmas * spread_ticks).astype(np.int64)
                in_time = (at >= 0) & (at < detector.ticks)
                for target, part in ((wire, 1 - over), (other, over)):
                    seen = np.flatnonzero(in_time & (target >= 0) & (target < detector.wires) & (part > 1e-3))
                    cells.append((first * detector.wires + target[seen]) * detector.ticks + at[seen])
                    charges.append(weight * part[seen] * charge[seen])
                    events.append(steps.event[step[seen]])
        event = np.concatenate(events)
        order = np.argsort(event, kind="stable")
        cell, arrived = np.concatenate(cells)[order], np.concatenate(charges)[order]
        bounds = np.searchsorted(event[order], np.arange(n_events + 1))
        return [Charge(cell[a:b], arrived[a:b]) for a, b in pairwise(bounds)]

    def digitise(self, charge: Charge, rng: np.random.Generator) -> NDArray[np.int16]:
        """Give the ADC counts (2 x wires, ticks) of one event, induction first."""
        ticks, wires = self._detector.ticks, self._detector.wires
        start = rng.integers(0, len(self._noise) // 2 - ticks, self._n_channels)
        start += (len(self._noise) // 2) * rng.integers(0, 2, self._n_channels)
        adc = np.lib.stride_tricks.sliding_window_view(self._quantised, ticks)[start]
        np.add.at(self._scratch, charge.cell, charge.electrons)
        ordered = np.sort(charge.cell)
        cells = ordered[np.diff(ordered, prepend=-1) > 0]
        electrons = self._scratch[cells]
        self._scratch[cells] = 0.0
        limit = self._readout.adc_max
        split = int(np.searchsorted(cells, wires * ticks))
        for plane, part in (("induction", slice(0, split)), ("collection", slice(split, None))):
            place, signal = convolve_cells(cells[part], electrons[part], *self._pulses[plane], ticks)
            channel, tick = np.divmod(place, ticks)
            total = signal + self._noise[start[channel] + tick]
            adc[channel, tick] = np.clip(np.rint(total), -limit - 1, limit).astype(np.int16)
        return adc


def convolve_cells(cells: Ints, amounts: Floats, shape: Floats, lead: int, ticks: int) -> tuple[Ints, Floats]:
    """Put the pulse `shape` on every charged cell and sum, where there is charge only.

    The cells are moved together until gaps are as long as the pulse, so that
    one convolution of a short array serves all channels.

    Parameters
    ----------
    cells : (n,) int
        channel x ticks + tick, rising.
    amounts : (n,) array
        Amount in each cell.
    shape : (m,) array
        Pulse of one unit; its entry `lead` falls on the cell itself.
    lead, ticks : int
        See above; ticks per channel.

    Returns
    -------
    place, value : arrays
        The touched cells, those past either end of a channel left out, and their sums.
    """
    if not len(cells):
        return cells, amounts
    m = len(shape)
    jumps = np.minimum(np.diff(cells), m)
    # a new channel never shares a pulse with the one before
    jumps[np.diff(cells // ticks) > 0] = m
    packed = np.concatenate([[0], np.cumsum(jumps)])
    dense = np.zeros(packed[-1] + 1)
    dense[packed] = amounts
    value = np.convolve(dense, shape)
    owner = np.repeat(np.arange(len(cells)), np.diff(packed, append=packed[-1] + m))
    place = cells[owner] + np.arange(len(value)) - packed[owner] - lead
    kept = place // ticks == cells[owner] // ticks
    return place[kept], value[kept]

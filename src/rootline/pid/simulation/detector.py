"""What a parametrised barrel detector measures of particles: tracks with the columns of `rootline.pid.columns`.

The response is the textbook one: truncated energy loss by Bethe-Bloch, flight
time over a helix, efficiencies and resolutions as numbers in the config.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rootline.pid.columns import MEASURED, MISSING, N_SIGMA, TRUTH
from rootline.pid.masses import LIFETIMES_CM, MASSES_GEV
from rootline.pid.response import LIGHT_CM_PS, expected_time, expected_tpc
from rootline.pid.simulation.config import DetectorConfig
from rootline.pid.simulation.particles import Bools, Floats, Particles
from rootline.pid.species import PDG_CODES, SPECIES, SUFFIXES, species_of

Tracks = dict[str, NDArray[Any]]

GEV_PER_T_CM: Final = 0.00299792458  # transverse momentum over field and radius of the circle
N_ROWS: Final = 159  # pad rows of the TPC
ITS_CM: Final = 4.0  # who begins farther out leaves no hit in the two innermost layers
TO_MUON: Final = {"pion": (0.9998770, 0.029792), "kaon": (0.6356, 0.235532)}
"""Branching ratio of the decay to a muon and a neutrino, and the muon's momentum in the rest frame [GeV/c] (PDG 2024)."""


def measure(particles: Particles, detector: DetectorConfig, rng: np.random.Generator) -> Tracks:
    """Give the tracks of particles, their truth and their n-sigma, each column (n,); what leaves no track is left out.

    n-sigma is counted as by somebody who knows this detector's resolutions, but neither its gain nor its shift in time.
    """
    seen = _decay(particles, detector, rng)
    pt = np.hypot(seen.momentum[:, 0], seen.momentum[:, 1])
    with np.errstate(divide="ignore"):
        eta = np.arcsinh(seen.momentum[:, 2] / pt)
    begins = np.hypot(seen.origin[:, 0], seen.origin[:, 1])
    seen = seen.take((np.abs(eta) < detector.eta_max) & (pt > detector.pt_min) & (begins < detector.tpc_inner_cm))
    names = species_of(seen.pdg)
    mass = np.array([MASSES_GEV[name] for name in names])
    tracks: Tracks = _kinematics(seen, detector, rng)
    momentum = np.linalg.norm(seen.momentum, axis=1)
    measured = np.linalg.norm([tracks["fPx"], tracks["fPy"], tracks["fPz"]], axis=0)
    tracks |= _tpc(momentum, mass, detector, rng)
    length = _path(seen, detector.tof_radius_cm, detector)
    tracks |= _tof(seen, momentum, mass, names, length, detector, rng)
    tracks |= _trd(momentum, names, detector, rng)
    tracks |= _n_sigma(tracks, measured, length, detector)
    tracks |= {
        "fPdgCode": seen.pdg,
        "fIsPhysicalPrimary": np.linalg.norm(seen.origin, axis=1) < detector.secondaries_cm,
    }
    return {name: tracks[name].astype(kind) for name, kind in (MEASURED | TRUTH | N_SIGMA).items()}


def _path(particles: Particles, radius_cm: float, detector: DetectorConfig) -> Floats:
    """Give the length of the helix from the beam to a radius [cm], infinite for who turns around before, (n,)."""
    pt = np.hypot(particles.momentum[:, 0], particles.momentum[:, 1])
    circle = pt / (GEV_PER_T_CM * detector.field_t)
    half = radius_cm / (2 * circle)
    with np.errstate(invalid="ignore"):
        arc = np.where(half < 1, 2 * circle * np.arcsin(half), np.inf)
    return np.asarray(arc * np.linalg.norm(particles.momentum, axis=1) / pt)


def _survives(particles: Particles, names: NDArray[np.object_], length: Floats, rng: np.random.Generator) -> Bools:
    """Tell who does not decay on its way over a length, (n,)."""
    momentum = np.linalg.norm(particles.momentum, axis=1)
    mass = np.array([MASSES_GEV[name] for name in names])
    lifetime = np.array([LIFETIMES_CM[name] for name in names])
    share = np.zeros(len(momentum))
    flies = np.isfinite(length)
    share[flies] = length[flies] * mass[flies] / (momentum[flies] * lifetime[flies])
    return np.asarray(flies & (rng.exponential(size=len(momentum)) > share))


def _decay(particles: Particles, detector: DetectorConfig, rng: np.random.Generator) -> Particles:
    """Replace pions and kaons that decay before the TPC by their muon; where there is none, nothing is seen."""
    names = species_of(particles.pdg)
    length = _path(particles, detector.tpc_inner_cm, detector)
    decays = np.isfinite(length) & ~_survives(particles, names, length, rng)
    kept, extra = particles.take(~decays & np.isfinite(length)), []
    for name, (ratio, rest) in TO_MUON.items():
        mothers = particles.take(decays & (names == name) & (rng.random(len(names)) < ratio))
        extra.append(_to_muons(mothers, MASSES_GEV[name], rest, detector, rng))
    parts = [kept, *extra]
    order = np.argsort(np.concatenate([part.event for part in parts]), kind="stable")
    return Particles(
        *(
            np.concatenate([getattr(part, field) for part in parts])[order]
            for field in ("event", "pdg", "momentum", "origin")
        )
    )


def _to_muons(
    mothers: Particles, mass: float, rest: float, detector: DetectorConfig, rng: np.random.Generator
) -> Particles:
    """Give the muons of two-body decays at a place between the beam and the TPC."""
    n = len(mothers.pdg)
    cosine, angle = rng.uniform(-1, 1, n), rng.uniform(0, 2 * np.pi, n)
    sine = np.sqrt(1 - cosine**2)
    star = rest * np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)
    energy_star = np.hypot(rest, MASSES_GEV["muon"])
    energy = np.sqrt(np.sum(mothers.momentum**2, axis=1) + mass**2)
    gamma = energy / mass
    boost = mothers.momentum / energy[:, None]
    along = np.sum(boost * star, axis=1)
    momentum = star + (gamma**2 / (gamma + 1) * along + gamma * energy_star)[:, None] * boost
    direction = mothers.momentum / np.linalg.norm(mothers.momentum, axis=1)[:, None]
    way = rng.uniform(0, detector.tpc_inner_cm, n)
    muon = np.where(mothers.pdg > 0, -PDG_CODES["muon"], PDG_CODES["muon"])  # an antimuon has the charge of a pion
    return Particles(mothers.event, muon, momentum, mothers.origin + way[:, None] * direction)


def _kinematics(seen: Particles, detector: DetectorConfig, rng: np.random.Generator) -> Tracks:
    n = len(seen.pdg)
    true_pt = np.hypot(seen.momentum[:, 0], seen.momentum[:, 1])
    smear = 1 + detector.momentum_resolution * np.hypot(0.7, 0.7 * true_pt) * rng.standard_normal(n)
    px, py, pz = (seen.momentum * np.clip(smear, 0.1, None)[:, None]).T
    pt = np.hypot(px, py)
    phi = np.arctan2(py, px)
    along, across = np.cos(phi), np.sin(phi)
    width = 0.0015 + 0.005 / pt**1.1  # [cm]
    dca_xy = seen.origin[:, 1] * along - seen.origin[:, 0] * across + width * rng.standard_normal(n)
    dca_z = seen.origin[:, 2] + width * rng.standard_normal(n)
    is_lepton = np.isin(np.abs(seen.pdg), (PDG_CODES["electron"], PDG_CODES["muon"]))
    return {
        "fP": np.sqrt(px**2 + py**2 + pz**2),
        "fPt": pt,
        "fPx": px,
        "fPy": py,
        "fPz": pz,
        "fSign": np.where(is_lepton, -1, 1) * np.sign(seen.pdg),
        "fX": seen.origin[:, 0] * along + seen.origin[:, 1] * across,
        "fY": dca_xy,
        "fZ": dca_z,
        "fAlpha": phi,
        "fTrackType": np.hypot(seen.origin[:, 0], seen.origin[:, 1]) > ITS_CM,
        "fDcaXY": dca_xy,
        "fDcaZ": dca_z,
    }


def _tpc(momentum: Floats, mass: Floats, detector: DetectorConfig, rng: np.random.Generator) -> Tracks:
    n = len(momentum)
    rows = N_ROWS - rng.poisson(20, n).clip(0, 90)
    width = detector.tpc_resolution * np.sqrt((N_ROWS - 20) / rows)
    signal = detector.tpc_gain * expected_tpc(momentum, mass) * (1 + width * rng.standard_normal(n))
    overlaps = rng.random(n) < detector.tpc_tail
    signal *= np.where(overlaps, rng.uniform(1.1, 1.8, n), 1.0)
    shared = np.where(overlaps, rng.integers(20, 80, n), rng.poisson(1.5, n))
    return {"fTPCSignal": signal, "fTPCNClsShared": shared}


def _tof(
    seen: Particles,
    momentum: Floats,
    mass: Floats,
    names: NDArray[np.object_],
    length: Floats,
    detector: DetectorConfig,
    rng: np.random.Generator,
) -> Tracks:
    n = len(momentum)
    hits = np.isfinite(length) & _survives(seen, names, length, rng) & (rng.random(n) < detector.tof_efficiency)
    _, collision = np.unique(seen.event, return_inverse=True)
    start = detector.start_ps * rng.standard_normal(int(collision.max(initial=-1)) + 1)
    time = np.full(n, np.nan)
    time[hits] = expected_time(momentum[hits], mass[hits], length[hits])
    time += detector.tof_shift_ps + detector.tof_ps * rng.standard_normal(n) + start[collision]
    swapped = np.flatnonzero(hits & (rng.random(n) < detector.tof_mismatch))
    time[swapped] = rng.permutation(time[swapped])
    with np.errstate(invalid="ignore"):
        beta = length / (LIGHT_CM_PS * time)
    return {
        "fTOFSignal": np.where(hits, time, MISSING["fTOFSignal"]),
        "fBeta": np.where(hits, beta, MISSING["fBeta"]),
    }


def _trd(momentum: Floats, names: NDArray[np.object_], detector: DetectorConfig, rng: np.random.Generator) -> Tracks:
    n = len(momentum)
    hits = (momentum > 0.5) & (rng.random(n) < detector.trd_efficiency)
    layers = (rng.random((n, 6)) < 0.85) @ (1 << np.arange(6))
    hits &= layers > 0
    radiates = np.where(names == "electron", 1 + 0.6 * np.clip(momentum - 0.5, 0, 1), 1.0)  # transition radiation
    signal = 100 * radiates * rng.gamma(8, 1 / 8, n)
    return {
        "fTRDPattern": np.where(hits, layers, MISSING["fTRDPattern"]),
        "fTRDSignal": np.where(hits, signal, MISSING["fTRDSignal"]),
    }


def _n_sigma(tracks: Tracks, momentum: Floats, length: Floats, detector: DetectorConfig) -> Tracks:
    counted: Tracks = {}
    seen = tracks["fBeta"] != MISSING["fBeta"]
    width_ps = np.hypot(detector.tof_ps, detector.start_ps)
    for name in SPECIES:
        mass, suffix = MASSES_GEV[name], SUFFIXES[name]
        tpc = expected_tpc(momentum, mass)
        counted[f"fTPCNSigma{suffix}"] = (tracks["fTPCSignal"] / tpc - 1) / detector.tpc_resolution
        tof = np.full(len(momentum), MISSING["fTOFSignal"])
        tof[seen] = (tracks["fTOFSignal"][seen] - expected_time(momentum[seen], mass, length[seen])) / width_ps
        counted[f"fTOFNSigma{suffix}"] = tof
    return counted

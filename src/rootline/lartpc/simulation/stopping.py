"""Mean energy loss in liquid argon, ranges, and the expected curves.

Heavy particles follow the Bethe formula with Sternheimer's density
correction (PDG review, "Passage of particles through matter", eq. 34.5);
electrons the collision loss of Berger and Seltzer (ICRU 37).
"""

from typing import Final

import numpy as np

from rootline.lartpc.simulation.particles import ELECTRON, MASSES, SPECIES, Floats, Ints

K_MEV_CM2_MOL: Final = 0.307075  # 4 pi N_A r_e^2 m_e c^2, PDG
ELECTRON_MASS: Final = float(MASSES[ELECTRON])
LAR_DENSITY_G_CM3: Final = 1.396  # liquid argon at its boiling point, PDG
LAR_Z_OVER_A: Final = 0.45059  # PDG
LAR_EXCITATION_MEV: Final = 188.0e-6  # ICRU 37
LAR_RADIATION_LENGTH_CM: Final = 19.55 / LAR_DENSITY_G_CM3  # PDG
LAR_ELECTRONS_PER_CM3: Final = LAR_DENSITY_G_CM3 * LAR_Z_OVER_A * 6.02214076e23
# density correction of argon, Sternheimer, Berger and Seltzer, At. Data Nucl. Data Tables 30 (1984) 261
STERNHEIMER_A, STERNHEIMER_K, STERNHEIMER_X0, STERNHEIMER_X1, STERNHEIMER_C = 0.19559, 3.0, 0.2, 3.0, 5.2146

BETA_GAMMA_FLOOR: Final = 0.04  # below it the Bethe formula fails; the loss is held there, microns before the end
GRID: Final = 1200
LOG_ENERGY_MIN, LOG_ENERGY_MAX = np.log(1e-3), np.log(1e5)


def ionisation_scale(beta2: Floats) -> Floats:
    """Give xi per length [MeV/cm], the scale of hard collisions: dN/dE = xi / E^2 per cm."""
    scale: Floats = 0.5 * K_MEV_CM2_MOL * LAR_Z_OVER_A * LAR_DENSITY_G_CM3 / beta2
    return scale


def largest_transfer(energy: Floats, mass: Floats | float) -> Floats:
    """Give the largest energy [MeV] one atomic electron can get; half its own for an electron (PDG eq. 34.4)."""
    gamma = 1 + energy / mass
    ratio = ELECTRON_MASS / mass
    heavy = 2 * ELECTRON_MASS * (gamma * gamma - 1) / (1 + 2 * gamma * ratio + ratio * ratio)
    return np.where(np.asarray(mass) < 2 * ELECTRON_MASS, 0.5 * energy, heavy)


def density_correction(beta_gamma: Floats) -> Floats:
    """Sternheimer's delta for liquid argon, an insulator: 0 below x0."""
    x = np.log10(beta_gamma)
    delta = 2 * np.log(10) * x - STERNHEIMER_C
    delta += STERNHEIMER_A * np.clip(STERNHEIMER_X1 - x, 0, None) ** STERNHEIMER_K
    correction: Floats = np.where(x < STERNHEIMER_X0, 0.0, delta)
    return correction


def stopping_power(energy: Floats, species: int) -> Floats:
    """Mean collision loss dE/dx [MeV/cm] at kinetic energy [MeV]."""
    mass = float(MASSES[species])
    if species == ELECTRON:
        energy = np.maximum(energy, 2e-3)
        tau = energy / mass
        gamma = 1 + tau
        beta2 = 1 - 1 / gamma**2
        shape = (1 - beta2) * (1 + tau**2 / 8 - (2 * tau + 1) * np.log(2))
        bracket = np.log((energy / LAR_EXCITATION_MEV) ** 2 * (1 + tau / 2)) + shape
        moller: Floats = ionisation_scale(beta2) * (bracket - density_correction(np.sqrt(gamma**2 - 1)))
        return moller
    energy = np.maximum(energy, mass * (np.sqrt(1 + BETA_GAMMA_FLOOR**2) - 1))
    gamma = 1 + energy / mass
    bg2 = gamma**2 - 1
    beta2 = bg2 / gamma**2
    logarithm = np.log(2 * ELECTRON_MASS * bg2 * largest_transfer(energy, mass) / LAR_EXCITATION_MEV**2)
    return 2 * ionisation_scale(beta2) * (0.5 * logarithm - beta2 - 0.5 * density_correction(np.sqrt(bg2)))


class RangeTables:
    """Range against energy for every species, both ways, by linear interpolation in logarithms."""

    def __init__(self) -> None:
        log_energy = np.linspace(LOG_ENERGY_MIN, LOG_ENERGY_MAX, GRID)
        energy = np.exp(log_energy)
        log_ranges = []
        for species in range(len(SPECIES)):
            integrand = energy / stopping_power(energy, species)  # dR / d ln E
            steps = 0.5 * (integrand[1:] + integrand[:-1]) * np.diff(log_energy)
            log_ranges.append(np.log(integrand[0] + np.concatenate([[0.0], np.cumsum(steps)])))
        self._log_range = np.array(log_ranges)
        self._first = self._log_range.min()
        self._step = (self._log_range.max() - self._first) / (GRID - 1)
        axis = self._first + self._step * np.arange(GRID)
        self._log_energy = np.array([_interpolate(axis, ranges, log_energy) for ranges in self._log_range])

    def range_cm(self, energy: Floats, species: Ints | int) -> Floats:
        """Mean range [cm] of kinetic energy [MeV]."""
        position = (np.log(energy) - LOG_ENERGY_MIN) * ((GRID - 1) / (LOG_ENERGY_MAX - LOG_ENERGY_MIN))
        ranges: Floats = np.exp(_look_up(self._log_range, species, position))
        return ranges

    def energy_mev(self, range_cm: Floats, species: Ints | int) -> Floats:
        """Kinetic energy [MeV] of mean range [cm]."""
        position = (np.log(range_cm) - self._first) / self._step
        energies: Floats = np.exp(_look_up(self._log_energy, species, position))
        return energies


def _look_up(table: Floats, species: Ints | int, position: Floats) -> Floats:
    position = np.clip(position, 0.0, GRID - 1.001)
    left = position.astype(np.int64)
    flat = table.ravel()
    index = left + np.asarray(species) * GRID
    low = flat[index]
    value: Floats = low + (position - left) * (flat[index + 1] - low)
    return value


def _interpolate(x: Floats, xp: Floats, fp: Floats) -> Floats:
    """Interpolate, and go on with the last slopes outside."""
    inside = np.interp(x, xp, fp)
    low, high = x < xp[0], x > xp[-1]
    inside[low] = fp[0] + (x[low] - xp[0]) * (fp[1] - fp[0]) / (xp[1] - xp[0])
    inside[high] = fp[-1] + (x[high] - xp[-1]) * (fp[-1] - fp[-2]) / (xp[-1] - xp[-2])
    return inside

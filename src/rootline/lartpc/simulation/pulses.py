"""The pulse that arriving charge makes on each plane, and the noise of the same amplifier."""

from typing import Final

import numpy as np

from rootline.lartpc.simulation.particles import Floats

SHAPER_ORDER: Final = 5  # CR-(RC)^5, a semi-Gaussian pulse
FIELD_SIGMA_TICKS: Final = {"collection": 2.5, "induction": 3.0}  # width of the induced current
LOBE_TICKS: Final = 8.0  # the induced current of the induction plane: one lobe before, one after the wires
NEGLIGIBLE: Final = 2e-3  # of the peak


def pulse(plane: str, shaping_ticks: float, gain: float) -> tuple[Floats, int]:
    """Give the pulse [ADC] of one electron and which of its entries falls on the tick of arrival.

    The highest entry is `gain`. On the induction plane the charge induces a
    positive lobe on its way in and a negative one on its way out; on the
    collection plane it stays on the wire.
    """
    t = np.arange(-400, 401, dtype=np.float64)
    sigma = FIELD_SIGMA_TICKS[plane]
    if plane == "induction":
        current = _gaussian(t + LOBE_TICKS / 2, sigma) - _gaussian(t - LOBE_TICKS / 2, sigma)
    else:
        current = _gaussian(t, sigma)
    shaped = np.convolve(current, _shaper(shaping_ticks), mode="full")[: len(t)]
    shaped *= gain / shaped.max()
    kept = np.flatnonzero(np.abs(shaped) > NEGLIGIBLE * gain)
    # time is counted from the peak of a unipolar pulse, as a calibration of the delay would have it
    arrival = 400 + round(shaping_ticks)
    return shaped[kept[0] : kept[-1] + 1], arrival - int(kept[0])


def noise_bank(rms_adc: float, shaping_ticks: float, n: int, rng: np.random.Generator) -> Floats:
    """Give `n` samples of noise with the amplifier's spectrum, float, of the given root mean square.

    White noise through the shaper, plus a part that falls as 1/f.
    """
    frequency = np.fft.rfftfreq(n)
    amplitude = np.abs(np.fft.rfft(_shaper(shaping_ticks), n))
    amplitude /= amplitude.max()
    amplitude *= np.sqrt(1 + 0.002 / np.maximum(frequency, 5e-4))
    amplitude[0] = 0.0
    waves = amplitude * (rng.standard_normal(len(frequency)) + 1j * rng.standard_normal(len(frequency)))
    samples = np.fft.irfft(waves, n)
    bank: Floats = samples * (rms_adc / samples.std())
    return bank


def _shaper(peaking_ticks: float) -> Floats:
    t = np.arange(0, int(6 * peaking_ticks) + 1, dtype=np.float64) / peaking_ticks
    response: Floats = (t * np.exp(1 - t)) ** SHAPER_ORDER
    return response


def _gaussian(t: Floats, sigma: float) -> Floats:
    density: Floats = np.exp(-0.5 * (t / sigma) ** 2)
    return density

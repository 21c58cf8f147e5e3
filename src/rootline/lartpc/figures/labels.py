"""How latents, features and selections are written in figures."""

import re
from typing import Final

import numpy as np

FEATURE_LABELS: Final = {
    "total_adc": "log total charge [log ADC]",
    "mean_adc": "mean charge of box [ADC]",
    "median_adc": "median pixel charge [ADC]",
    "std_adc": "std of pixel charge [ADC]",
    "max_adc": "largest pixel charge [ADC]",
    "adc_entropy": "entropy of pixel charge",
    "n_pixels": "number of pixels",
    "solidity": "solidity",
    "fill_fraction": "filled share of box",
    "bragg_peak_height": "Bragg peak height [ADC]",
    "max_ADC_position": "position of Bragg peak",
    "bragg_peak_ratio": "Bragg peak / mean",
    "bragg_peak_to_median": "Bragg peak / median",
    "end_vs_start_ratio": "end / start charge",
    "last_quartile_mean": "mean of last quarter [ADC]",
    "first_quartile_mean": "mean of first quarter [ADC]",
    "bragg_rise_slope": "Bragg rise slope [ADC/wire]",
    "peak_integral_fraction": "charge share of last 15 %",
    "bragg_peak_width": "Bragg peak width [wires]",
    "profile_cv": "profile std / mean",
    "monotonic_rise_fraction": "share of rising steps",
    "relative_peak_energy": "charge share near peak",
    "profile_skewness": "profile skewness",
    "profile_kurtosis": "log profile kurtosis",
    "n_local_maxima": "number of local maxima",
    "chi2_kaon": "$\\chi^2$ / n, kaon",
    "chi2_proton": "$\\chi^2$ / n, proton",
    "log_likelihood_kaon": "log-likelihood, kaon",
    "log_likelihood_proton": "log-likelihood, proton",
}

QUANTITY_LABELS: Final = {
    "reconstruction_error": "reconstruction error",
    "reconstruction_error_weighted": "weighted reconstruction error",
    "mahalanobis": "Mahalanobis distance [$\\sigma$]",
    "chi2_log_ratio": "$\\chi^2$ log-ratio",
}


CHARGE_LABELS: Final = {
    "none": "charge [ADC]",
    "log1p": "ln(1 + charge [ADC])",
    "sqrt": "$\\sqrt{\\mathrm{charge\\ [ADC]}}$",
    "cbrt": "cube root of charge [ADC]",
}
"""The charge of a pixel after the transforms whose values have a name; the others give shares of a scale."""


def label_charge(transform: str | None) -> str:
    """Say what the pixels hold that a model was trained on; None where nobody knows the transform."""
    if transform is None:
        return "charge [units of training]"
    return CHARGE_LABELS.get(transform, f"charge after {transform.replace('_', ' ')}")


def label_feature(name: str, *, unit: bool = True) -> str:
    """Give a feature's label, with its unit unless that is not wanted; an unknown one keeps its name."""
    label = FEATURE_LABELS.get(name, name.replace("_", " "))
    return label if unit else re.sub(r" \[.*\]", "", label)


def label_latent(name: str) -> str:
    """Give a latent's symbol: ``mu_3`` as mu with an index."""
    return re.sub(r"mu_(\d+)", r"$\\mu_{\1}$", name)


def label_count(counts: "np.typing.ArrayLike") -> str:
    """Give ``n = 120`` or, where numbers differ, ``n = 96-120``."""
    values = np.asarray(counts)
    if values.size == 0:
        return "n = 0"
    low, high = int(values.min()), int(values.max())
    return f"n = {low}" if low == high else f"n = {low}\N{EN DASH}{high}"

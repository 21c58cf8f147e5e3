"""The 25 features of a cluster, each by the function that NumPy, SciPy or scikit-image has for it."""

import math
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks, peak_widths
from scipy.stats import kurtosis, skew
from skimage.measure import label, regionprops

N_BINS = 50


def compute_features(images: Sequence[NDArray[np.int16]]) -> pd.DataFrame:
    """Give one row of features per box image (wires, ticks); what is undefined is NaN."""
    rows = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # means of nothing, which are NaN, as they should be
        for image in images:
            profile = image.max(axis=1).astype(np.float64)
            rows.append(charge_features(image) | bragg_features(profile) | profile_features(profile))
    frame = pd.DataFrame(rows)
    return frame.where(np.isfinite(frame))


def charge_features(image: NDArray[np.int16]) -> dict[str, float]:
    """Give the features of the charge and of the shape."""
    lit = image[image > 0].astype(np.float64)
    regions = regionprops(label(image > 0, connectivity=2))
    return {
        "total_adc": np.log(image.sum(dtype=np.float64)),
        "mean_adc": image.mean(),
        "median_adc": np.median(lit),
        "std_adc": lit.std(),
        "max_adc": float(image.max()),
        "adc_entropy": entropy(lit),
        "n_pixels": float(len(lit)),
        "solidity": max(regions, key=lambda region: region.area).solidity if regions else math.nan,
        "fill_fraction": len(lit) / image.size,
    }


def entropy(lit: NDArray[np.float64]) -> float:
    """Give the entropy of the histogram of the charge, by that of a flat one over the same occupied bins."""
    if len(lit) < 2:
        return math.nan
    counts, _ = np.histogram(lit, bins=N_BINS)
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(shares))) if len(shares) > 1 else 0.0


def bragg_features(profile: NDArray[np.float64]) -> dict[str, float]:
    """Give the features of the Bragg peak."""
    n, peak = len(profile), int(profile.argmax())
    tenth, quarter = int(0.1 * n), int(0.25 * n)
    inside = 0 < peak < n - 1
    return {
        "bragg_peak_height": profile.max(),
        "max_ADC_position": peak / n,
        "bragg_peak_ratio": profile.max() / profile.mean(),
        "bragg_peak_to_median": profile.max() / np.median(profile),
        "end_vs_start_ratio": profile[n - tenth :].mean() / profile[:tenth].mean(),
        "last_quartile_mean": profile[-quarter:].mean(),
        "first_quartile_mean": profile[:quarter].mean(),
        "bragg_rise_slope": np.polyfit(np.arange(n), profile, 1)[0] if n > 1 else math.nan,
        "peak_integral_fraction": profile[-max(1, int(0.15 * n)) :].sum() / profile[profile > 0].sum(),
        "bragg_peak_width": peak_widths(profile, [peak], rel_height=0.5)[0][0] if inside else 0.0,
    }


def profile_features(profile: NDArray[np.float64]) -> dict[str, float]:
    """Give the features of the profile's shape."""
    n, peak, lit = len(profile), int(profile.argmax()), profile[profile > 0]
    tenth = int(0.1 * n)
    rises = np.diff(uniform_filter1d(profile, 3)) > 0
    return {
        "profile_cv": lit.std() / lit.mean(),
        "monotonic_rise_fraction": rises.mean() if n >= 10 else math.nan,
        "relative_peak_energy": profile[max(0, peak - tenth) : peak + tenth + 1].sum() / lit.sum(),
        "profile_skewness": skew(lit),
        "profile_kurtosis": np.log(kurtosis(lit)),
        "n_local_maxima": float(len(find_peaks(uniform_filter1d(profile, 15))[0])),
    }

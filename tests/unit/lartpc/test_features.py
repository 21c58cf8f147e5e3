"""The 25 features against their definitions written out with NumPy, SciPy and scikit-image, one cluster at a time."""

import math
import warnings

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks, peak_widths
from scipy.stats import kurtosis, skew
from skimage.measure import label, regionprops

from rootline.core.errors import UserError
from rootline.lartpc.features import FEATURE_CATEGORIES, FEATURES, compute_features, feature_table
from rootline.lartpc.sidefiles import read_loglikelihood
from rootline.lartpc.tracks import TRACK_SCHEMA

Image = NDArray[np.int16]


def tracks_of(images: list[Image], *, wire_min: int = 7, tick_min: int = 900) -> pa.Table:
    """Give a track table with these box images (wires, ticks) in both planes; what is 0 is no pixel."""
    rows = []
    for event, image in enumerate(images):
        wire, tick = np.nonzero(image)
        row: dict[str, object] = dict.fromkeys(TRACK_SCHEMA.names)
        row |= {"sample": "s", "run": 1, "subrun": 2, "event": event, "track": 0, "particle": "proton"}
        row |= {"cluster_collection": 0, "cluster_induction": 0, "match_score": 0.0, "chi2_kaon": 1.5}
        for plane in ("collection", "induction"):
            row |= {f"{plane}_wire_min": wire_min, f"{plane}_wire_max": wire_min + image.shape[0]}
            row |= {f"{plane}_tick_min": tick_min, f"{plane}_tick_max": tick_min + image.shape[1]}
            row[f"{plane}_pixels"] = {"wire": wire + wire_min, "tick": tick + tick_min, "adc": image[wire, tick]}
            row[f"{plane}_profile"] = image.max(axis=1)
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=TRACK_SCHEMA)


def reference(image: Image) -> dict[str, float]:
    """Write the definitions out; division by zero is undefined."""
    img, cm = image.astype(np.float64), image.max(axis=1).astype(np.float64)
    positive, n = img[img > 0], len(cm)
    lit, peak, nan = cm[cm > 0], int(np.argmax(cm)), math.nan
    result = dict.fromkeys(FEATURES, nan)
    result |= {"mean_adc": img.mean(), "max_adc": img.max(), "n_pixels": len(positive)}
    result["fill_fraction"] = len(positive) / img.size
    if img.sum() > 0:
        result["total_adc"] = math.log(img.sum())
    if len(positive):
        result |= {"median_adc": np.median(positive), "std_adc": positive.std()}
        regions = regionprops(label(image > 0, connectivity=2))
        result["solidity"] = max(regions, key=lambda region: region.area).solidity
    if len(positive) >= 2:
        counts, _ = np.histogram(positive, bins=50)
        p = counts[counts > 0] / counts.sum()
        result["adc_entropy"] = -(p * np.log(p)).sum() / math.log(len(p)) if len(p) > 1 else 0.0
    result |= {"bragg_peak_height": cm.max(), "max_ADC_position": peak / n}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result["bragg_peak_ratio"] = cm.max() / cm.mean()
        result["bragg_peak_to_median"] = cm.max() / np.median(cm)
        result["end_vs_start_ratio"] = cm[-int(0.1 * n) :].mean() / cm[: int(0.1 * n)].mean()
        result["first_quartile_mean"] = cm[: int(0.25 * n)].mean()
        result["profile_skewness"] = skew(lit)
        excess = kurtosis(lit)
        result["profile_kurtosis"] = np.log(excess) if excess > 0 else nan
        inside = 0 < peak < n - 1
        result["bragg_peak_width"] = peak_widths(cm, [peak], rel_height=0.5)[0][0] if inside else 0.0
    result["last_quartile_mean"] = cm[-int(0.25 * n) :].mean()
    if n > 1:
        result["bragg_rise_slope"] = np.polyfit(np.arange(n), cm, 1)[0]
    if len(lit):
        k = int(0.1 * n)
        result["peak_integral_fraction"] = cm[-max(1, int(0.15 * n)) :].sum() / lit.sum()
        result["relative_peak_energy"] = cm[max(0, peak - k) : peak + k + 1].sum() / lit.sum()
        result["profile_cv"] = lit.std() / lit.mean()
    if n >= 10:
        result["monotonic_rise_fraction"] = (np.diff(uniform_filter1d(cm, 3)) > 0).mean()
    result["n_local_maxima"] = len(find_peaks(uniform_filter1d(cm, 15))[0])
    return {name: value if np.isfinite(value) else nan for name, value in result.items()}


def assert_equal_to_reference(images: list[Image], rtol: float = 1e-9) -> None:
    found = compute_features(tracks_of(images))
    for row, image in enumerate(images):
        expected = reference(image)
        for name in FEATURES:
            np.testing.assert_allclose(found[name][row], expected[name], rtol=rtol, atol=rtol, err_msg=name)


def stopping_track(rng: np.random.Generator, n_wires: int) -> Image:
    """Draw a sloped, wobbling track with a Bragg peak near its end; one region."""
    image = np.zeros((n_wires, 400), dtype=np.int16)
    centre = 30.0
    for wire in range(n_wires):
        centre = min(max(centre + rng.normal(1.0, 2.0), 10), 380)
        height = 60 + 300 * math.exp(-(n_wires - wire) / 8) + rng.normal(0, 10)
        half = int(rng.integers(3, 9))
        ticks = np.arange(int(centre) - half, int(centre) + half + 1)
        pulse = height * np.exp(-(((ticks - centre) / 4) ** 2)) + rng.normal(0, 1, len(ticks))
        image[wire, ticks] = np.maximum(pulse, 16)
    used = np.flatnonzero(image.any(axis=0))
    return image[:, used[0] : used[-1] + 1]


def test_features_of_stopping_tracks_equal_their_definitions() -> None:
    rng = np.random.default_rng(1)
    assert_equal_to_reference([stopping_track(rng, int(n)) for n in rng.integers(1, 240, 40)])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.integers(1, 12)).flatmap(
            lambda shape: arrays(np.int16, shape, elements=st.sampled_from([0, 0, 0, 1, 2, 3, 16, 17, 250, 4000]))
        ),
        min_size=1,
        max_size=5,
    )
)
def test_features_of_any_pixels_in_a_box_equal_their_definitions(images: list[Image]) -> None:
    # Sums of fourth powers of deviations that almost cancel leave less than nine digits of a kurtosis near 0.
    assert_equal_to_reference(images, rtol=1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(arrays(np.int16, st.tuples(st.integers(10, 25), st.integers(1, 9)), elements=st.integers(-30, 60)))
def test_features_of_noise_with_negative_pixels_equal_their_definitions(image: Image) -> None:
    assert_equal_to_reference([image], rtol=1e-9)


def test_features_do_not_depend_on_the_place_of_the_box_or_on_other_tracks() -> None:
    rng = np.random.default_rng(2)
    images = [stopping_track(rng, 30 + i) for i in range(300)]
    together = compute_features(tracks_of(images))
    moved = compute_features(tracks_of(images[255:258], wire_min=0, tick_min=0))
    np.testing.assert_array_equal(together.loc[255:257, list(FEATURES)], moved[list(FEATURES)])


def test_of_two_largest_regions_the_first_gives_the_solidity() -> None:
    bent, block = np.zeros((5, 5), np.int16), np.zeros((5, 5), np.int16)
    bent[0, :], bent[1:, 0] = 20, 20
    block[:3, :3] = 20
    gap = np.zeros((5, 2), np.int16)
    images = [np.hstack(parts) for parts in ((bent, gap, block), (block, gap, bent))]
    images += [np.vstack(parts) for parts in ((bent, gap.T, block), (block, gap.T, bent))]
    assert_equal_to_reference(images)
    first = compute_features(tracks_of(images))["solidity"]
    assert first[0] == first[2] < 1
    assert first[1] == first[3] == 1


def test_there_are_25_features_in_four_categories() -> None:
    assert len(FEATURES) == 25
    assert set(FEATURE_CATEGORIES.values()) == {"charge", "shape", "bragg", "profile"}
    assert compute_features(tracks_of([np.full((3, 3), 20, np.int16)]))[list(FEATURES)].dtypes.eq(np.float64).all()


@pytest.mark.parametrize(
    ("image", "feature", "value"),
    [
        (np.full((20, 3), 50), "adc_entropy", 0.0),  # one bin occupied
        (np.full((1, 1), 50), "adc_entropy", math.nan),  # one pixel
        (np.full((20, 3), 50), "solidity", 1.0),
        (np.eye(30) * 40, "solidity", 1.0),
        (np.full((20, 3), 50), "profile_kurtosis", math.nan),
        (np.arange(1, 21)[:, None], "bragg_peak_width", 0.0),  # highest wire is the last
        (np.arange(1, 10)[:, None], "monotonic_rise_fraction", math.nan),  # nine wires
        (np.arange(1, 10)[:, None], "end_vs_start_ratio", math.nan),
        (np.arange(1, 4)[:, None], "first_quartile_mean", math.nan),  # three wires
        (np.arange(1, 4)[:, None], "last_quartile_mean", 2.0),  # then the mean of all
        (np.arange(1, 31)[:, None], "bragg_rise_slope", 1.0),
        (np.full((20, 3), 50), "total_adc", math.log(3000)),
    ],
)
def test_edges_of_the_definitions(image: NDArray[np.float64], feature: str, value: float) -> None:
    found = compute_features(tracks_of([image.astype(np.int16)]))[feature][0]
    np.testing.assert_allclose(found, value, rtol=1e-12)


def test_a_table_without_tracks_has_all_columns() -> None:
    table = feature_table(tracks_of([]))
    assert table.num_rows == 0
    assert set(FEATURES) < set(table.column_names)


def test_the_feature_table_takes_log_likelihoods_by_event(tmp_path) -> None:
    csv = tmp_path / "ll.csv"
    csv.write_text("run,subrun,event,log_likelihood_kaon,log_likelihood_proton\n1,2,1,-12.5,-11\n1,3,0,-1,-2\n")
    tracks = tracks_of([np.full((12, 3), 50, np.int16)] * 2)
    table = feature_table(tracks, read_loglikelihood([csv]))
    assert table["log_likelihood_kaon"].to_pylist() == [None, -12.5]
    assert table["chi2_kaon"].to_pylist() == [1.5, 1.5]
    assert table["chi2_proton"].to_pylist() == [None, None]
    assert table.column_names[:6] == ["sample", "run", "subrun", "event", "track", "particle"]


def test_a_profile_of_the_wrong_length_names_the_track() -> None:
    tracks = tracks_of([np.full((12, 3), 50, np.int16)])
    place = tracks.column_names.index("collection_profile")
    short = tracks.set_column(place, "collection_profile", pa.array([[1, 2]], pa.list_(pa.int16())))
    with pytest.raises(UserError, match=r"event=0 track=0: the wires of the collection box .* 12 and 2"):
        compute_features(short)

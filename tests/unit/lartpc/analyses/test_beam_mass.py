"""The mass fit finds a planted kaon peak, and none where there is none."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from tests.unit.lartpc.analyses.planted import planted_masses

from rootline.lartpc.analyses.beam_mass import BINS_COLUMNS, FITTED, MASS_COLUMNS, fit_beam_mass
from rootline.lartpc.analyses.settings.beam_mass import BeamMassConfig

OPTIONS = BeamMassConfig(toys=20)


@pytest.fixture(scope="module")
def fitted():
    tracks = planted_masses()
    return tracks, *fit_beam_mass(tracks, OPTIONS)


def numbers_of(fit, selection):
    return fit[fit["selection"] == selection].set_index("quantity")


def test_the_planted_peak_is_found_with_its_mean_width_and_yield(fitted):
    numbers = numbers_of(fitted[1], "all")
    for quantity, truth in {"kaons": 200, "mean": 494, "width": 16}.items():
        assert numbers.loc[quantity, "low"] < truth < numbers.loc[quantity, "high"]
    assert numbers.loc["peak", "p_value"] == pytest.approx(1 / 21)
    assert numbers.loc["deviance", "p_value"] > 0.04


def test_the_tails_in_the_window_are_what_is_expected_there_of_the_planted_ones(fitted):
    numbers = numbers_of(fitted[1], "all")
    # the interval is of the expectation, not of the tracks that happened to fall in
    falling = 40 * (np.exp(-230 / 80) - np.exp(-360 / 80))
    rising = 30 * (np.exp(-240 / 60) - np.exp(-370 / 60))
    row = numbers.loc["protons_in_window"]
    assert row["low"] <= rising <= row["high"]
    row = numbers.loc["background_in_window"]
    assert row["low"] <= falling + rising <= row["high"]
    whole = numbers.loc["kaons_in_window", "value"] + numbers.loc["background_in_window", "value"]
    share = numbers.loc["contamination_in_window", "value"]
    assert share == pytest.approx(numbers.loc["protons_in_window", "value"] / whole)


def test_every_track_is_fitted_or_counted(fitted):
    tracks, fit, spectrum = fitted
    for selection, chosen in {"all": tracks, "picky": tracks[(tracks["p"] == 1).fillna(False)]}.items():
        counts = numbers_of(fit, selection)["value"]
        masses = chosen["beamline_mass"]
        assert counts["n_tagged"] == len(chosen)
        assert counts["n_missing"] == masses.isna().sum()
        assert counts["n_negative"] == (masses < 0).sum()
        assert counts["n_below"] == (masses < 200).sum()
        assert counts["n_above"] == (masses >= 800).sum()
        inside = spectrum.loc[spectrum["selection"] == selection, "count"].sum()
        assert inside == numbers_of(fit, selection).loc["kaons", "n"] == masses.between(200, 800, "left").sum()


def test_protons_by_mass_are_the_share_in_their_window(fitted):
    row = numbers_of(fitted[1], "all").loc["proton_share"]
    assert row["value"] == pytest.approx(10 / 282)
    assert row["n"] == 282
    assert row["low"] < 10 / 282 < row["high"]


def test_what_is_expected_is_the_sum_of_peak_and_tails(fitted):
    spectrum = fitted[2]
    total = spectrum[["kaons", "left", "right"]].sum(axis=1)
    assert spectrum["expected"].to_numpy() == pytest.approx(total.to_numpy())
    of_all = spectrum[spectrum["selection"] == "all"]
    assert of_all["expected"].sum() == pytest.approx(of_all["count"].sum(), rel=1e-2)


@pytest.mark.slow
def test_no_peak_is_found_in_a_pure_exponential():
    # at the 5 % level of 20 toys each; 4 or more of 12 happen twice in a thousand
    found = 0
    for seed in range(12):
        masses = 200 + np.random.default_rng(seed).exponential(150, 400)
        tracks = pd.DataFrame({"particle": "kaon", "p": 0, "beamline_mass": masses})
        numbers = numbers_of(fit_beam_mass(tracks, OPTIONS.model_copy(update={"seed": seed}))[0], "all")
        found += numbers.loc["peak", "p_value"] < 0.05
    assert found <= 3


def test_one_pure_exponential_has_a_yield_compatible_with_nothing():
    masses = 200 + np.random.default_rng(3).exponential(150, 400)
    numbers = numbers_of(
        fit_beam_mass(pd.DataFrame({"particle": "kaon", "p": 0, "beamline_mass": masses}), OPTIONS)[0], "all"
    )
    assert numbers.loc["kaons", "low"] < 1
    assert numbers.loc["peak", "p_value"] > 0.05


def test_other_particles_are_left_out_and_the_order_of_rows_does_not_matter(fitted):
    tracks, fit, spectrum = fitted
    protons = pd.DataFrame({"particle": "proton", "p": 1, "beamline_mass": np.full(50, 500.0)})
    again = fit_beam_mass(pd.concat([protons, tracks.sample(frac=1, random_state=0)], ignore_index=True), OPTIONS)
    pd.testing.assert_frame_equal(again[0], fit, check_exact=True)
    pd.testing.assert_frame_equal(again[1], spectrum, check_exact=True)


@pytest.mark.parametrize("masses", [[500.0] * 5, [None] * 30, []])
def test_too_few_masses_give_their_number_and_no_fit(masses):
    tracks = pd.DataFrame({"particle": "kaon", "p": pd.array([1] * len(masses), dtype="Int64")})
    tracks["beamline_mass"] = np.array(masses, dtype=float)
    fit, spectrum = fit_beam_mass(tracks, OPTIONS)
    assert list(fit.columns) == list(MASS_COLUMNS)
    assert list(spectrum.columns) == list(BINS_COLUMNS)
    numbers = numbers_of(fit, "all")
    assert numbers.loc[list(FITTED), "value"].isna().all()
    assert set(numbers.loc[list(FITTED), "n"]) == {np.isfinite(tracks["beamline_mass"]).sum()}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": (560, 430)}, "the lower end must come first"),
        ({"window": (100, 560)}, "must lie inside"),
        ({"bin_width": 100}, "fewer than ten bins"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        BeamMassConfig.model_validate(options)

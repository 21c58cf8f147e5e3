"""What the analyses read from the tables."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.errors import UserError
from rootline.lartpc.analyses.tables import (
    defined_values,
    feature_names,
    groups,
    join_features,
    latent_matrix,
    latent_names,
    learned_from,
)


def test_latents_are_in_the_order_of_their_numbers_not_of_their_names():
    frame = pd.DataFrame({f"mu_{number}": [0.0] for number in range(11)})[sorted(f"mu_{n}" for n in range(11))]
    assert latent_names(frame) == [f"mu_{number}" for number in range(11)]


@pytest.mark.parametrize("columns", [["logvar_0"], ["mu_0", "mu_2"], ["mu_1"]])
def test_missing_latents_are_an_error(columns):
    with pytest.raises(UserError, match="need columns mu_0, mu_1, ... without gaps"):
        latent_names(pd.DataFrame({name: [0.0] for name in columns}))


def test_a_latent_that_is_not_finite_is_an_error_that_names_the_track():
    latents = fake_latents(protons=5, kaons=0)
    latents.loc[3, "mu_1"] = np.inf
    with pytest.raises(UserError, match="1 tracks have a mu that is not finite, the first is sample=protons.*event=3"):
        latent_matrix(latents)


def test_infinite_values_and_chi2_and_log_likelihood_beyond_their_bounds_count_as_undefined():
    frame = pd.DataFrame(
        {
            "chi2_kaon": [9.9, 10.0, 10.1, np.nan],
            "log_likelihood_proton": [-4999.0, -5000.0, -5001.0, np.nan],
            "total_adc": [50.0, np.inf, -6000.0, -np.inf],
        }
    )
    values = defined_values(frame, list(frame))
    assert np.isfinite(values).T.tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [True, False, True, False],
    ]


def test_features_are_all_numbers_beside_the_key():
    features = fake_features(fake_latents(protons=5, kaons=5))
    names = feature_names(features)
    assert len(names) == 27
    assert "event" not in names
    assert "particle" not in names


def test_features_of_other_tracks_are_refused():
    latents = fake_latents(protons=5, kaons=0)
    with pytest.raises(UserError, match="is in latents but not in features"):
        join_features(latents, fake_features(latents).iloc[1:])


def test_one_species_makes_one_group_and_several_make_one_each_and_all():
    assert list(groups(pd.Series(["proton"] * 3))) == ["proton"]
    found = groups(pd.Series(["proton", "kaon", "proton"]))
    assert {name: rows.sum() for name, rows in found.items()} == {"all": 3, "kaon": 1, "proton": 2}


def test_only_the_train_part_of_a_trained_species_was_trained_on():
    latents = fake_latents(protons=12, kaons=12)
    trained = learned_from(latents, ["proton"])
    assert not trained[latents["particle"] == "kaon"].any()
    protons = latents["particle"] == "proton"
    assert (trained[protons] == (latents.loc[protons, "part"] == "train")).all()
    assert not learned_from(latents, []).any()


def test_a_held_out_sample_of_a_trained_species_was_not_trained_on():
    latents = fake_latents(protons=24, kaons=0)
    latents.loc[latents.index % 4 == 0, "sample"] = "held_out_protons"
    trained = learned_from(latents, ["proton"], ["protons"])
    expected = (latents["part"] == "train") & (latents["sample"] == "protons")
    np.testing.assert_array_equal(trained, expected)
    assert trained.sum() < learned_from(latents, ["proton"]).sum()

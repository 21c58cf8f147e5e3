"""Which tracks are taken for a species."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.pid.table_fakes import fake_tracks

from rootline.core.errors import UserError
from rootline.pid.accepted import accepted_by_cut, accepted_tracks, cut_of
from rootline.pid.nsigma import NSIGMA, NSigmaConfig, accept
from rootline.pid.tracks import FRAME_TRACK_KEY

TRACKS = fake_tracks(60)
SCORES = TRACKS[list(FRAME_TRACK_KEY)].assign(
    **{name: np.linspace(0, 1, 60).astype(np.float32) for name in ("pion", "kaon", "proton")}
)
CUTS = pd.DataFrame({"model": ["forest"] * 3, "species": ["pion", "kaon", "proton"], "threshold": [0.2, 0.5, 0.9]})


def test_scores_at_or_above_the_cut_are_accepted_by_their_key():
    mixed = SCORES.sample(frac=1, random_state=1)
    found = accepted_by_cut(TRACKS, mixed, "kaon", float(SCORES["kaon"].iloc[30]))
    assert found.tolist() == [False] * 30 + [True] * 30


def test_a_model_and_n_sigma_are_given_for_each_species():
    rule = NSigmaConfig()
    found = {
        (each.model, each.species): each.accepted
        for each in accepted_tracks(TRACKS, SCORES, CUTS, rule, sample="mc", model="forest")
    }
    assert len(found) == 6
    assert found["forest", "proton"].sum() == (SCORES["proton"] >= 0.9).sum()
    assert (found[NSIGMA, "kaon"] == accept(TRACKS, "kaon", rule)).all()
    bare = TRACKS.drop(columns=[name for name in TRACKS if "NSigma" in name])
    assert {each.model for each in accepted_tracks(bare, SCORES, CUTS, rule, sample="data", model="forest")} == {
        "forest"
    }


def test_a_model_without_a_cut_is_refused():
    assert cut_of(CUTS, "forest", "kaon") == 0.5
    with pytest.raises(UserError, match="no cut of mlp for kaon"):
        cut_of(CUTS, "mlp", "kaon")

"""Simulated samples: what is in their files, and that seed and name decide it."""

import numpy as np
import pytest

from rootline.pid.simulation.config import DomainConfig
from rootline.pid.simulation.samples import write_sample
from rootline.pid.tracks import read_tracks


def simulate(path, sample="mc", seed=0, n_events=60):
    domain = DomainConfig(n_events=n_events)
    write_sample(path, domain, sample=sample, energy_gev=7000, frames=2, seed=seed)
    return read_tracks(str(path), sample=sample)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("simulated") / "mc.root")


def test_collisions_make_tracks_of_all_common_species_in_the_barrel(tracks):
    assert 150 < len(tracks) < 1500
    assert set(tracks["frame"]) == {1, 2}
    shares = tracks["species"].value_counts(normalize=True)
    assert 0.75 < shares["pion"] < 0.95 and shares["kaon"] > 0.02 and shares["proton"] > 0.01
    assert tracks["fPt"].min() > 0.1
    eta = np.arcsinh(tracks["fPz"] / tracks["fPt"])
    assert np.abs(eta).max() < 0.9


def test_the_same_seed_and_name_give_the_same_tracks_and_others_others(tracks, tmp_path):
    again = simulate(tmp_path / "again.root")
    assert again.equals(tracks)
    other = simulate(tmp_path / "other.root", sample="data", n_events=20)
    seed = simulate(tmp_path / "seed.root", seed=1, n_events=20)
    first = tracks["fTPCSignal"].head(20).tolist()
    assert other["fTPCSignal"].head(20).tolist() != first != seed["fTPCSignal"].head(20).tolist()


def test_no_collision_makes_an_empty_file(tmp_path):
    assert simulate(tmp_path / "none.root", n_events=0).empty

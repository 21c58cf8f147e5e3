import numpy as np
import pytest

from rootline.pid.columns import MISSING, N_SIGMA
from rootline.pid.simulation.config import DataDetectorConfig, DetectorConfig
from rootline.pid.simulation.detector import measure
from rootline.pid.simulation.particles import Particles
from rootline.pid.species import PDG_CODES, SUFFIXES

STABLE = ("proton", "electron")


def shoot(n, *, species="proton", pt=1.0, eta=0.0, origin=0.0, sign=1):
    angle = np.random.default_rng(5).uniform(-np.pi, np.pi, n)
    momentum = pt * np.stack([np.cos(angle), np.sin(angle), np.full(n, np.sinh(eta))], axis=1)
    return Particles(np.arange(n), np.full(n, sign * PDG_CODES[species]), momentum, np.full((n, 3), origin))


def tracks_of(particles, detector=None, seed=1):
    return measure(particles, detector or DetectorConfig(), np.random.default_rng(seed))


def is_missing(tracks, name):
    return tracks[name] == np.float32(MISSING[name])


@pytest.mark.parametrize("species", ["proton", "kaon", "pion", "electron"])
def test_n_sigma_of_the_true_species_has_mean_nothing_and_width_one(species):
    tracks = tracks_of(shoot(6000, species=species), DetectorConfig(tpc_tail=0, tof_mismatch=0, momentum_resolution=0))
    mine = tracks["fPdgCode"] == PDG_CODES[species]
    tpc, tof = (tracks[f"f{detector}NSigma{SUFFIXES[species]}"][mine] for detector in ("TPC", "TOF"))
    tof = tof[tof != MISSING["fTOFSignal"]]
    assert len(tof) > 1500
    for found in (tpc, tof):
        assert found.mean() == pytest.approx(0, abs=0.08)
        assert found.std() == pytest.approx(1, abs=0.06)


def test_the_second_detector_is_shifted_in_gain_and_time():
    tracks = tracks_of(shoot(6000), DataDetectorConfig(tpc_tail=0, tof_mismatch=0, momentum_resolution=0))
    seen = ~is_missing(tracks, "fTOFSignal")
    assert tracks["fTPCNSigmaPr"].mean() == pytest.approx(0.03 / 0.06325, abs=0.08)  # gain over resolution
    assert tracks["fTOFNSigmaPr"][seen].mean() == pytest.approx(25 / np.hypot(80, 40), abs=0.08)


def test_who_turns_around_before_the_tof_is_not_seen_by_it_and_slow_ones_not_by_the_trd():
    tracks = tracks_of(shoot(500, pt=0.25))
    assert is_missing(tracks, "fTOFSignal").all() and is_missing(tracks, "fBeta").all()
    assert is_missing(tracks, "fTRDPattern").all() and is_missing(tracks, "fTRDSignal").all()
    assert all((tracks[name] == MISSING["fTOFSignal"]).all() for name in N_SIGMA if name.startswith("fTOF"))
    fast = tracks_of(shoot(4000, pt=2.0))
    assert (~is_missing(fast, "fBeta")).mean() == pytest.approx(0.75, abs=0.03)
    assert (~is_missing(fast, "fTRDPattern")).mean() == pytest.approx(0.6, abs=0.03)


def test_what_is_beside_the_barrel_or_begins_beyond_the_tpc_leaves_no_track():
    assert len(tracks_of(shoot(50, eta=1.0))["fP"]) == 0
    assert len(tracks_of(shoot(50, pt=0.1))["fP"]) == 0
    assert len(tracks_of(shoot(50, origin=80.0))["fP"]) == 0


def test_kaons_become_muons_of_their_charge_as_often_as_they_decay():
    tracks = tracks_of(shoot(8000, species="kaon", pt=0.4, sign=-1))
    is_muon = np.abs(tracks["fPdgCode"]) == PDG_CODES["muon"]
    survive = np.exp(-85 / (371 * 0.4 / 0.494))  # 85 cm of flight over c tau p / m
    assert (~is_muon).sum() / 8000 == pytest.approx(survive, abs=0.02)
    assert 0.5 < is_muon.sum() / (8000 * 0.636 * (1 - survive)) <= 1.03  # some leave the barrel
    assert (tracks["fSign"] == -1).all() and not tracks["fIsPhysicalPrimary"][is_muon].all()
    pions = tracks_of(shoot(3000, species="pion", pt=0.4))
    muons = np.abs(pions["fPdgCode"]) == PDG_CODES["muon"]
    assert 0 < pions["fP"][muons].max() < 0.5  # no more than the pion had


def test_a_secondary_points_beside_the_collision_and_is_no_primary():
    near, far = tracks_of(shoot(500)), tracks_of(shoot(500, origin=3.0))
    assert near["fIsPhysicalPrimary"].all() and not far["fIsPhysicalPrimary"].any()
    assert np.abs(far["fDcaXY"]).mean() > 20 * np.abs(near["fDcaXY"]).mean()


def test_the_same_seed_measures_the_same_and_no_particle_gives_no_track():
    one, two = tracks_of(shoot(200)), tracks_of(shoot(200))
    assert all((one[name] == two[name]).all() for name in one)
    assert all(len(column) == 0 for column in tracks_of(shoot(0)).values())

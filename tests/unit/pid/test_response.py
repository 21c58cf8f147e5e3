import numpy as np
import pytest

from rootline.pid.masses import MASSES_GEV
from rootline.pid.response import MIP_SIGNAL, bethe_bloch, expected_time, expected_tpc


def test_the_minimum_of_the_energy_loss_is_one_at_a_beta_gamma_of_three_to_four():
    beta_gamma = np.geomspace(0.3, 1000, 4000)
    loss = bethe_bloch(beta_gamma)
    assert loss.min() == pytest.approx(1, abs=0.01)
    assert 3 < beta_gamma[loss.argmin()] < 4
    assert 1.5 < loss[-1] < 1.65  # the plateau, from its rise of about 60 %


def test_kaons_cross_electrons_and_protons_cross_them_later_in_the_tpc():
    momentum = np.linspace(0.2, 3, 2000)
    electron = expected_tpc(momentum, MASSES_GEV["electron"])
    crossings = [
        momentum[np.argmin(np.abs(expected_tpc(momentum, MASSES_GEV[name]) - electron))] for name in ("kaon", "proton")
    ]
    assert 0.4 < crossings[0] < 0.6 and 0.8 < crossings[1] < 1.2
    assert expected_tpc(3.4 * MASSES_GEV["pion"], MASSES_GEV["pion"]) == pytest.approx(MIP_SIGNAL, rel=0.01)


def test_a_massless_particle_flies_with_light_and_a_slow_one_later():
    assert expected_time(1.0, 0.0, 299.79) == pytest.approx(10_000, rel=1e-4)  # 3 m in 10 ns
    assert expected_time(1.0, 1.0, 299.79) == pytest.approx(10_000 * np.sqrt(2), rel=1e-4)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import ReadoutConfig
from rootline.lartpc.simulation.pulses import noise_bank, pulse
from rootline.lartpc.simulation.readout import (
    IONISATION_MEV,
    Readout,
    convolve_cells,
    recombination,
    split_steps,
    wire_coordinate,
)
from rootline.lartpc.simulation.transport import Steps

DETECTOR = DetectorConfig()


def point(x, energy=1.0, time=0.0, z=45.0, length=0.05):
    return Steps(
        event=np.array([0]),
        middle=np.array([[x, 0.0, z]]),
        direction=np.array([[0.0, 0.0, 1.0]]),
        length=np.array([length]),
        energy=np.array([energy]),
        time=np.array([time]),
        origin=np.array([0]),
        path=np.array([0.0]),
    )


def make_readout(**options):
    return Readout(ReadoutConfig.model_validate(options), DETECTOR, np.random.default_rng(1))


def test_recombination_is_the_modified_box_of_argoneut():
    # arXiv:1306.1712 at 0.49 kV/cm: ln(0.93 + 0.3099 dE/dx) / (0.3099 dE/dx)
    dedx = np.array([1.8, 10.0, 40.0])
    np.testing.assert_allclose(recombination(dedx, 0.49), np.log(0.93 + 0.30992 * dedx) / (0.30992 * dedx), rtol=1e-4)


def test_the_beam_enters_near_wire_23_and_wire_numbers_rise_along_it():
    way = np.stack([np.full(10, 23.5), np.zeros(10), np.linspace(0, 90, 10)], axis=1)
    for plane in ("induction", "collection"):
        wires = wire_coordinate(way, plane, DETECTOR)
        assert 20 < wires[0] < 25
        assert (np.diff(wires) > 0).all()
        assert wires[-1] < 240


def test_planes_see_height_with_opposite_sign():
    above = np.array([[23.5, 4.0, 45.0]])
    shift = {plane: wire_coordinate(above, plane, DETECTOR)[0] - 120 for plane in ("induction", "collection")}
    assert shift["collection"] == pytest.approx(-shift["induction"])
    assert abs(shift["collection"]) == pytest.approx(4.0 * 0.5 / 0.4)


def test_pulses_are_unipolar_on_collection_and_bipolar_on_induction():
    collection, lead = pulse("collection", 11.0, 2.0)
    assert collection.min() >= 0
    assert collection.max() == pytest.approx(2.0)
    assert collection.argmax() == pytest.approx(lead, abs=1)
    induction, _ = pulse("induction", 11.0, 2.0)
    assert induction.max() == pytest.approx(2.0)
    assert induction.min() < -1.0
    assert abs(induction.sum()) < 0.02 * np.abs(induction).sum()
    assert induction.argmax() < induction.argmin()


def test_noise_has_its_size_and_is_coloured():
    bank = noise_bank(0.7, 11.0, 100_000, np.random.default_rng(1))
    assert bank.std() == pytest.approx(0.7)
    assert np.corrcoef(bank[:-1], bank[1:])[0, 1] > 0.9
    assert abs(np.corrcoef(bank[:-500], bank[500:])[0, 1]) < 0.2


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 9), st.data())
def test_sparse_convolution_equals_the_dense_one_channel_by_channel(seed, m, data):
    channels, ticks = 4, 30
    lead = data.draw(st.integers(0, m - 1))
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((channels, ticks)) < 0.2, rng.random((channels, ticks)), 0.0)
    shape = rng.standard_normal(m)
    cells = np.flatnonzero(dense)
    place, value = convolve_cells(cells, dense.ravel()[cells], shape, lead, ticks)
    found = np.zeros(channels * ticks)
    found[place] = value
    expected = np.stack([np.convolve(row, shape)[lead : lead + ticks] for row in dense])
    np.testing.assert_allclose(found.reshape(channels, ticks), expected, atol=1e-12)
    assert len(np.unique(place)) == len(place)


def test_no_charge_gives_noise_alone():
    adc = make_readout().digitise(make_readout().arrivals(point(20.0, energy=0.0), 1)[0], np.random.default_rng(2))
    assert adc.shape == (480, 3072)
    assert adc.dtype == np.int16
    assert adc.std() == pytest.approx(np.hypot(0.7, 12**-0.5), rel=0.05)


def test_charge_arrives_after_its_drift_and_is_lost_with_the_lifetime():
    options = {"noise_adc": 0.0, "lifetime_us": 300.0, "diffusion_long_cm2_s": 0.0, "diffusion_trans_cm2_s": 0.0}
    readout = make_readout(**options)
    for x in (5.0, 40.0):
        charge = readout.arrivals(point(x), 1)[0]
        drift_us = x / 0.155
        expected = 1.0 / IONISATION_MEV * recombination(np.array([20.0]), 0.49)[0] * np.exp(-drift_us / 300.0)
        assert charge.electrons.sum() == pytest.approx(2 * expected, rel=1e-6)  # both planes
        adc = readout.digitise(charge, np.random.default_rng(1))
        assert adc[:240].max(axis=1).argmax() == pytest.approx(120, abs=1)
        arrival = 140 + (drift_us + 0.4 / 0.155) / 0.128
        assert adc[240:].max(axis=0).argmax() == pytest.approx(arrival, abs=2)


def test_a_late_particle_is_seen_later():
    readout = make_readout(noise_adc=0.0)
    early, late = (
        readout.digitise(readout.arrivals(point(20.0, time=time), 1)[0], np.random.default_rng(1))[240:]
        for time in (0.0, 12.8)
    )
    assert late.max(axis=0).argmax() - early.max(axis=0).argmax() == 100


def test_diffusion_widens_pulses_and_keeps_the_charge():
    narrow, wide = (make_readout(diffusion_long_cm2_s=d).arrivals(point(40.0), 1)[0] for d in (0.0, 60.0))
    assert wide.electrons.sum() == pytest.approx(narrow.electrons.sum(), rel=2e-3)

    def spread(charge):
        tick = charge.cell % 3072
        collection = charge.cell >= 240 * 3072
        return np.sqrt(np.cov(tick[collection], aweights=charge.electrons[collection], ddof=0))

    expected = np.sqrt(2 * 60e-6 * 40.0 / 0.155) / (0.155 * 0.128)
    assert spread(narrow) < 0.5
    assert spread(wide) == pytest.approx(expected, rel=0.1)


def test_charge_beyond_the_readout_is_dropped():
    assert not len(make_readout().arrivals(point(20.0, time=1000.0), 1)[0].cell)
    assert not len(make_readout().arrivals(point(20.0, time=-1000.0), 1)[0].cell)


def test_pieces_of_a_step_fill_it_evenly():
    step, share, along = split_steps(np.array([0.3, 0.05, 0.0]))
    np.testing.assert_allclose(np.bincount(step, share), 1.0)
    np.testing.assert_allclose(np.bincount(step, along), 0.0, atol=1e-12)
    assert np.diff(along[step == 0]) == pytest.approx(0.06)


def test_the_digitiser_saturates():
    readout = make_readout(adc_max=150)
    adc = readout.digitise(readout.arrivals(point(20.0, energy=10.0, length=0.4), 1)[0], np.random.default_rng(1))
    assert adc.max() == 150
    assert adc.min() >= -151

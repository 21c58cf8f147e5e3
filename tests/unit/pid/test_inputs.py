import numpy as np
import pandas as pd
import pytest

from rootline.core.errors import UserError
from rootline.pid.columns import INPUTS
from rootline.pid.inputs import (
    DETECTORS,
    TARGETS,
    UNSCALED,
    class_numbers,
    fit_scaling,
    raw_inputs,
    standardise,
    target_labels,
)

RNG = np.random.default_rng(3)


def inputs(n=200):
    values = RNG.normal(500, 30, (n, len(INPUTS))).astype(np.float32)
    values[::4, [INPUTS.index("fTOFSignal"), INPUTS.index("fBeta")]] = np.nan
    return values


def test_all_but_momenta_and_sign_are_standardised_and_missing_stays_missing():
    values = inputs()
    scaling = fit_scaling(values)
    found = standardise(values, scaling)
    assert (np.isnan(found) == np.isnan(values)).all()
    for place, name in enumerate(INPUTS):
        if name in UNSCALED:
            assert (found[:, place] == values[:, place]).all()
        else:
            assert np.nanmean(found[:, place]) == pytest.approx(0, abs=1e-3)
            assert np.nanstd(found[:, place]) == pytest.approx(1, abs=1e-3)


def test_an_input_that_no_track_has_is_named_and_a_constant_one_is_left():
    values = inputs()
    values[:, INPUTS.index("fX")] = 2.0
    assert fit_scaling(values).spread[INPUTS.index("fX")] == 1
    values[:, INPUTS.index("fBeta")] = np.nan
    with pytest.raises(UserError, match="none of the 200 tracks to learn from has fBeta; give more tracks"):
        fit_scaling(values)


def test_labels_are_by_species_and_measured_sign():
    tracks = pd.DataFrame({"species": ["pion", "kaon", None, "muon", "proton"], "fSign": [1, -1, 1, 1, -1]})
    assert class_numbers(tracks).tolist() == [0, 1, -1, 4, 2]
    found = target_labels(tracks)
    assert found.sum(axis=1).tolist() == [1, 1, 0, 0, 1]
    assert [TARGETS[place] for place in found[[0, 1, 4]].argmax(axis=1)] == [("pion", 1), ("kaon", -1), ("proton", -1)]


def test_the_inputs_are_in_the_order_of_their_names_and_detectors_know_their_places():
    tracks = pd.DataFrame({name: [float(place)] for place, name in enumerate(INPUTS)})[list(reversed(INPUTS))]
    assert raw_inputs(tracks).tolist() == [list(range(16))]
    assert [[INPUTS[place] for place in places] for places in DETECTORS] == [["fTOFSignal", "fBeta"], ["fTRDPattern"]]

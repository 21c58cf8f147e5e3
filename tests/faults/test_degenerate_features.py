"""Features that say nothing: one that is undefined everywhere and one that is the same everywhere."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.correlation import correlate
from rootline.lartpc.analyses.information import measure_information
from rootline.lartpc.analyses.regression import regress
from rootline.lartpc.analyses.separation import separate
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.settings.separation import SeparationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES

GOOD = ["total_adc", "max_adc"]
UNDEFINED, CONSTANT = "solidity", "n_local_maxima"
REGRESSION = RegressionConfig(bootstrap=100, mlp_epochs=3, permutations=50)
SEPARATION = SeparationConfig(bootstrap=100, permutations=40)

Tables = tuple[pd.DataFrame, pd.DataFrame]

ANALYSES: dict[str, tuple[Callable[..., pd.DataFrame], str, str]] = {
    "correlation": (correlate, "second", "rho"),
    "regression": (lambda *tables: regress(*tables, FEATURE_CATEGORIES, REGRESSION)[0], "feature", "r2"),
    "separation": (lambda *tables: separate(*tables, FEATURE_CATEGORIES, SEPARATION), "feature", "auc"),
    "information": (
        lambda *tables: measure_information(*tables, FEATURE_CATEGORIES, REGRESSION),
        "feature",
        "information",
    ),
}
"""How each is called, its column of features, and its number."""


@pytest.fixture(scope="module")
def tables() -> Tables:
    latents = fake_latents(protons=80, kaons=40)
    features = fake_features(latents)[[*TRACK_KEY, "particle", *GOOD]]
    return latents, features


@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_feature_that_says_nothing_has_no_number_and_leaves_those_of_the_others_alone(tables, analysis):
    run, column, number = ANALYSES[analysis]
    latents, features = tables
    found = run(latents, features.assign(**{UNDEFINED: np.nan, CONSTANT: 1.0}))
    for name in (UNDEFINED, CONSTANT):
        rows = found[found[column] == name]
        assert len(rows) and rows[number].isna().all(), rows
    undefined = found[found[column] == UNDEFINED]
    assert (undefined["n"] == 0).all()
    others = found[found[column].isin(GOOD) & ~found.get("first", found[column]).isin([UNDEFINED, CONSTANT])]
    alone = run(latents, features)
    alone = alone[alone[column].isin(GOOD)]
    assert alone[number].notna().any()
    pd.testing.assert_frame_equal(others.reset_index(drop=True), alone.reset_index(drop=True), check_exact=True)

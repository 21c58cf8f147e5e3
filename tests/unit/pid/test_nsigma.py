import numpy as np
import pandas as pd
import pytest

from rootline.pid.nsigma import NSigmaConfig, accept, distance

TRACKS = pd.DataFrame(
    {
        "fPt": [0.4, 0.4, 0.5, 0.6, 0.6, 0.6],
        "fP": [0.6, 0.6, 0.6, 0.6, 0.6, 0.6],
        "fTPCNSigmaKa": [1.9, -2.1, -1.0, 1.2, 1.5, 1.0],
        "fTOFNSigmaKa": [9.0, 0.0, np.nan, -1.5, 1.5, np.nan],
    }
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, [True, False, True, True, False, False]),
        ({"without_tof": "tpc"}, [True, False, True, True, False, True]),
        ({"variable": "p"}, [False, False, False, True, False, False]),
        ({"threshold": 3, "switch": 0.55}, [True, True, True, True, True, False]),
    ],
)
def test_the_tpc_counts_alone_up_to_the_switch_and_with_the_tof_above(rule, expected):
    assert accept(TRACKS, "kaon", NSigmaConfig(**rule)).tolist() == expected


def test_the_distance_is_the_one_of_the_rule_and_infinite_where_nothing_was_seen():
    found = distance(TRACKS, "kaon", NSigmaConfig())
    assert found[:5] == pytest.approx([1.9, 2.1, 1.0, np.hypot(1.2, 1.5), np.hypot(1.5, 1.5)])
    assert np.isinf(found[5])

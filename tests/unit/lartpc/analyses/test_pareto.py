"""Which points of a sweep no other one beats."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rootline.lartpc.analyses.pareto import PARETO_COLUMNS, pareto_ranks, rank_points
from rootline.lartpc.analyses.sweep_summary import summarise_points

KEYS = ["model.latent_dim"]


def runs(points, *, seeds=(0, 1, 2), keys=KEYS):
    """Give runs whose error, AUC and size are as planted, with a spread over seeds that leaves the means alone."""
    rows = []
    for number, (error, auc, size) in enumerate(points):
        for seed in seeds:
            shift = 0.001 * (seed - np.mean(seeds))
            row = {
                "place": len(rows),
                "run": f"{len(rows):08x}",
                keys[0]: number,
                "train.seed": seed,
                "n_parameters": size,
            }
            rows.append(row | {"error_proton": error + shift, "auc_logistic": auc + 2 * shift})
    return pd.DataFrame(rows)


def ranked(points, *, keys=KEYS, **options):
    table = rank_points(
        summarise_points(runs(points, keys=keys, **options), keys), keys, error="error_proton", score="auc_logistic"
    )
    return table.sort_values(keys[0], ignore_index=True)


def test_the_front_holds_exactly_the_points_that_none_beats():
    table = ranked([(0.1, 0.8, 50), (0.2, 0.9, 50), (0.2, 0.85, 50), (0.3, 0.7, 5), (0.3, 0.7, 60)])
    assert table["rank"].tolist() == [1, 1, 2, 3, 3]
    # the fourth is worse than others in both, but smaller
    assert table["rank_with_size"].tolist() == [1, 1, 2, 1, 3]
    assert set(table) == {*KEYS, *PARETO_COLUMNS}


def test_the_spread_and_the_number_of_seeds_are_those_of_the_summary():
    row = ranked([(0.1, 0.8, 50), (0.2, 0.7, 50)]).iloc[0]
    assert (row["error_n"], row["score_n"], row["n_parameters"]) == (3, 3, 50)
    assert row[["error", "error_std", "score", "score_std"]].tolist() == pytest.approx([0.1, 0.001, 0.8, 0.002])
    alone = ranked([(0.1, 0.8, 50)], seeds=(0,)).iloc[0]
    assert np.isnan(alone["error_std"]) and alone["rank"] == 1


@pytest.mark.parametrize("key", ["images.resampling", "train.transform"])
def test_where_errors_do_not_compare_the_size_takes_their_place(key):
    table = ranked([(0.1, 0.8, 50), (0.2, 0.9, 60), (0.01, 0.7, 60)], keys=[key])
    assert set(table["error_metric"]) == {"n_parameters"}
    assert table["error"].tolist() == [50, 60, 60]
    assert table["rank"].tolist() == [1, 1, 2]


def test_a_point_without_a_number_has_no_rank_and_beats_nobody():
    table = ranked([(0.1, np.nan, 50), (0.2, 0.9, 60)])
    assert table["rank"].tolist() == [0, 1] and table["score_n"].tolist() == [0, 3]
    found = runs([(0.1, 0.8, 50)]).drop(columns="auc_logistic")
    table = rank_points(summarise_points(found, KEYS), KEYS, error="error_proton", score="auc_logistic")
    assert table["rank"].tolist() == [0]


@given(arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=st.integers(0, 5).map(float)))
def test_whoever_is_beaten_ranks_behind_and_the_first_are_beaten_by_none(costs):
    ranks = pareto_ranks(costs)
    for one in range(len(costs)):
        beaten_by = [
            other
            for other in range(len(costs))
            if (costs[other] <= costs[one]).all() and (costs[other] < costs[one]).any()
        ]
        assert (ranks[one] == 1) == (not beaten_by)
        if beaten_by:
            assert ranks[one] == 1 + max(ranks[other] for other in beaten_by)

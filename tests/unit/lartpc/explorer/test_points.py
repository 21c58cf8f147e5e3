"""Every point has the numbers of its own track."""

import numpy as np
import pytest
from tests.unit.lartpc.explorer.pages import inputs

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.explorer.points import column_values, describe_columns, gather_points, profiles_of


def gather(made, **changed):
    tables = {name: made.others[name] for name in ("latents", "embedding", "features", "scores")}
    tracks = made.tracks.drop_columns(["collection_profile", "induction_profile"]).to_pandas()
    return gather_points(**{**tables, "tracks": tracks, **changed})


def test_tables_in_any_order_are_joined_by_key():
    made = inputs()
    shuffled = {name: made.others[name].sample(frac=1, random_state=1) for name in ("latents", "embedding", "scores")}
    points, expected = gather(made, **shuffled), gather(made)
    assert points.equals(expected)
    first = points.iloc[7]
    same = (made.others["features"][list(TRACK_KEY)] == first[list(TRACK_KEY)]).all(axis=1)
    assert first["total_adc"] == made.others["features"].loc[same, "total_adc"].item()


def test_a_track_without_probe_score_has_none():
    points = gather(inputs())
    assert points["probe_score"].isna().sum() == len(points) // 2


@pytest.mark.parametrize(
    ("table", "message"),
    [("embedding", "is in latents but not in embedding"), ("features", "is in latents but not in features")],
)
def test_a_track_that_a_table_lacks_is_named(table, message):
    made = inputs()
    with pytest.raises(UserError, match=message):
        gather(made, **{table: made.others[table].iloc[1:]})


def test_a_score_of_no_track_is_named():
    made = inputs()
    scores = made.others["scores"].assign(event=lambda rows: rows["event"] + 5000)
    with pytest.raises(
        UserError, match=r"probe scores are of tracks without latents; the first is sample=.* run again"
    ):
        gather(made, scores=scores)


def test_columns_say_what_counts_as_undefined():
    made = inputs()
    features = made.others["features"].assign(log_likelihood_kaon=-1.0)
    described = {column["name"]: column for column in describe_columns(gather(made, features=features), features)}
    assert described["chi2_kaon"]["above"] == 10
    assert described["log_likelihood_kaon"]["below"] == -5000
    assert described["umap_1"] == {"name": "umap_1", "label": "UMAP 1", "group": "embedding"}


def test_missing_numbers_are_nan():
    values = column_values(gather(inputs()), ["m", "umap_1"])
    assert np.isnan(values[0]).all() and np.isfinite(values[1]).all()


def test_profiles_are_those_of_the_table_after_a_slice_too():
    made = inputs()
    part = list(profiles_of(made.tracks.slice(5, 3)))
    assert len(part) == 3
    assert part[1][1].first_wire == made.tracks["induction_wire_min"][6].as_py()
    assert part[1][1].charge.tolist() == made.tracks["induction_profile"][6].as_py()


def test_candidates_that_were_not_chosen_need_no_place_on_the_map():
    made = inputs()
    latents = made.others["latents"].copy()
    latents.loc[[2, 9], "particle"] = "kaon candidate"
    embedding = made.others["embedding"].drop(index=[2, 9])
    forest = latents.loc[[2], list(TRACK_KEY)].assign(kaon_score=0.7)
    points = gather(made, latents=latents, embedding=embedding, kaon_scores=forest)
    assert np.flatnonzero(points["umap_1"].isna()).tolist() == [2, 9]
    assert points["kaon_score"].dropna().to_dict() == {2: 0.7}
    with pytest.raises(UserError, match="is in latents but not in embedding"):
        gather(made, latents=made.others["latents"], embedding=embedding)

import numpy as np
import pytest
from tests.unit.pid.comparison_fakes import SPECIES, fake_scores, fake_tracks

from rootline.core.errors import UserError
from rootline.core.tables import read_frame, write_table
from rootline.pid.analyses.comparison import KEYS, TRACK_COLUMNS, compare_models
from rootline.pid.analyses.settings.comparison import ComparisonConfig
from rootline.pid.nsigma import NSIGMA, NSigmaConfig, accept
from rootline.pid.selection import measure_selection

OPTIONS = ComparisonConfig(bootstrap=200)
RULE = NSigmaConfig()


@pytest.fixture(scope="module")
def made():
    tracks, split = fake_tracks(12000)
    scores = [("forest", "11111111", fake_scores(tracks, 5.0)), ("mlp", "22222222", fake_scores(tracks, 1.0))]
    return tracks, split, scores, compare_models(tracks, split, scores, OPTIONS, RULE)


def test_each_model_and_n_sigma_has_a_row_per_species(made):
    models = made[3].models
    assert sorted(zip(models["model"], models["species"], strict=True)) == sorted(
        (model, species) for model in (NSIGMA, "forest", "mlp") for species in SPECIES
    )
    assert models.set_index("model")["run"].to_dict() == {NSIGMA: "", "forest": "11111111", "mlp": "22222222"}
    auc = models.pivot(index="species", columns="model", values="auc")
    assert (auc["forest"] > auc["mlp"]).all()


def test_the_numbers_are_those_of_the_test_part_at_the_best_cut_of_the_val_part(made):
    tracks, split, scores, found = made
    joined = tracks.merge(split, on=["sample", "frame", "track"]).merge(scores[0][2], on=["sample", "frame", "track"])
    val, test = joined[joined["part"] == "val"], joined[joined["part"] == "test"]
    row = found.models.query("model == 'forest' and species == 'kaon'").iloc[0]

    def f1(part, cut):
        taken, right = part["kaon"] >= cut, part["species"] == "kaon"
        return 2 * (taken & right).sum() / (taken.sum() + right.sum())

    assert f1(val, row["threshold"]) == max(f1(val, cut) for cut in val["kaon"])
    assert row["f1"] == pytest.approx(f1(test, row["threshold"]))
    assert row["f1_low"] < row["f1"] < row["f1_high"] and row["f1_high"] - row["f1_low"] < 0.2
    assert row["n"] == len(test) and row["n_val"] == (val["species"] == "kaon").sum()
    assert row["purity"] == row["n_right"] / row["n_accepted"]
    assert row["efficiency"] == row["n_right"] / (test["species"] == "kaon").sum()


def test_n_sigma_has_its_own_cut_and_is_its_own_selection(made):
    tracks, split, _, found = made
    test = tracks[(split["part"] == "test").to_numpy()]
    expected = measure_selection(
        test["fPt"].to_numpy(float), (test["species"] == "proton").to_numpy(), accept(test, "proton", RULE)
    )
    rows = found.selection.query("model == 'nsigma' and species == 'proton'").sort_values("pt_low")
    assert rows["n_right"].tolist() == expected["n_right"].tolist()
    row = found.models.query("model == 'nsigma' and species == 'proton'").iloc[0]
    assert row["threshold"] == -2.0 and row["n_right"] == expected["n_right"].sum()
    working = found.curves.query("model == 'nsigma' and species == 'proton' and kind == 'working'").iloc[0]
    assert working["n_accepted"] == row["n_accepted"] and working["purity"] == row["purity"]


def test_a_strong_model_is_above_n_sigma_and_a_weak_one_below_somewhere(made):
    verdicts = made[3].equal_purity.groupby("model")["verdict"].value_counts()
    assert NSIGMA not in verdicts.index.get_level_values("model")
    assert verdicts["forest"].get("above", 0) > 5 and verdicts["forest"].get("below", 0) == 0
    # where n-sigma rejects what no TOF has seen, even a weak model may be above in a bin
    assert verdicts["mlp"].get("below", 0) > 10 * verdicts["mlp"].get("above", 0)


def test_the_order_of_rows_changes_nothing_and_the_tables_can_be_written(made, tmp_path):
    tracks, split, scores, found = made
    again = compare_models(tracks.sample(frac=1, random_state=1), split[::-1], scores, OPTIONS, RULE)
    for name, key in KEYS.items():
        for table, path in ((getattr(found, name), tmp_path / "a"), (getattr(again, name), tmp_path / "b")):
            write_table(path, table, key=key)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
        assert len(read_frame(tmp_path / "a", key=key)) == len(getattr(found, name))


def test_a_species_that_the_val_part_lacks_has_no_cut_and_nothing_is_taken():
    tracks, split = fake_tracks(600)
    split.loc[(split["part"] == "val") & (tracks["species"] == "kaon"), "part"] = "train"
    found = compare_models(tracks, split, [("forest", "1", fake_scores(tracks, 3.0))], OPTIONS, RULE)
    row = found.models.query("model == 'forest' and species == 'kaon'").iloc[0]
    assert np.isnan(row["threshold"]) and row["n_accepted"] == 0 and row["n_val"] == 0
    assert np.isnan(row["purity"]) and row["efficiency"] == 0


def test_scores_of_other_tracks_or_without_a_number_are_refused(made):
    tracks, split, scores, _ = made
    with pytest.raises(UserError, match="is in the tracks but not in the scores of forest"):
        compare_models(tracks, split, [("forest", "1", scores[0][2].iloc[1:])], OPTIONS, RULE)
    broken = scores[0][2].copy()
    broken.loc[broken.index[0], "kaon"] = np.nan
    with pytest.raises(UserError, match=r"scores of forest: sample=mc frame=\d track=\d+ has no number .* of kaon"):
        compare_models(tracks, split, [("forest", "1", broken)], OPTIONS, RULE)


def test_the_columns_that_are_read_are_enough(made):
    tracks, split, scores, found = made
    few = tracks[["sample", "frame", "track", *TRACK_COLUMNS]]
    assert compare_models(few, split, scores[:1], OPTIONS, RULE).models.shape[1] == found.models.shape[1]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"pt_edges": [0.5, 0.4]}, r"pt_edges\n.*\[0.5, 0.4\] do not rise"),
        ({"crossing": {"kaon": [0.8, 0.4]}}, r"crossing.kaon\n.*\[0.8, 0.4\] do not rise"),
        ({"crossing": {"muon": [0.1, 0.4]}}, "muon"),
    ],
)
def test_wrong_options_are_named(raw, message):
    with pytest.raises(ValueError, match=message):
        ComparisonConfig(**raw)

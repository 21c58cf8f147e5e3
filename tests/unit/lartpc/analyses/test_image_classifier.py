"""A network on images whose species is planted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from tests.unit.lartpc.analyses.fakes import fake_latents, fake_tracks, shuffled

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.image_classifier import CLASSIFIED_COLUMNS, classify_images
from rootline.lartpc.analyses.probe import probe
from rootline.lartpc.analyses.settings.classifier import ClassifierConfig
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.runs import ModelConfig, RunConfig

RUN = RunConfig(images=ImageConfig(size=16), model=ModelConfig(channels=(4, 8)))
OPTIONS = ClassifierConfig(channels=(4, 8), epochs=4, batch_size=16, lr=1e-2)
PROBE = ProbeConfig(bootstrap=100, mlp_hidden=(4,), mlp_epochs=2, pairs_up_to=0, folds=3)


def plant(*, bright, protons=150, kaons=60):
    """Images of noise; the kaons' lower half is brighter by `bright` ADC."""
    latents = fake_latents(protons=protons, kaons=kaons, muons=6)
    rng = np.random.default_rng(1)
    rows = rng.permutation(len(latents))
    images = np.zeros((len(latents), 2, 16, 16), np.float32)
    images[rows] = rng.exponential(10, size=images.shape)
    images[rows[(latents["particle"] == "kaon").to_numpy()], :, 8:] += np.float32(bright)
    tracks = latents[[*TRACK_KEY, "particle", "part"]].assign(row=rows)
    return images, tracks, probe(latents, fake_tracks(latents), ["proton"], PROBE)[1]


@pytest.fixture(scope="module")
def classified():
    images, tracks, scores = plant(bright=15)
    return images, tracks, scores, classify_images(images, tracks, scores, RUN, OPTIONS)


def test_a_planted_difference_of_the_images_is_found(classified):
    found = classified[3]
    assert roc_auc_score(found["label"], found["cnn"]) > 0.95
    assert list(found.columns) == list(CLASSIFIED_COLUMNS)


def test_images_without_a_difference_are_not_told_apart():
    found = classify_images(*plant(bright=0), RUN, OPTIONS)
    areas = [roc_auc_score(rows["label"], rows["cnn"]) for _, rows in found.groupby("fold")]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.15)


def test_the_tracks_of_the_probe_are_scored_in_its_folds_and_no_other(classified):
    _, _, scores, found = classified
    wanted = scores[scores["selection"] == "all"]
    joined = wanted.merge(found, on=list(TRACK_KEY), validate="one_to_one")
    assert len(joined) == len(wanted) == len(found)
    assert (joined["fold_x"] == joined["fold_y"]).all()
    assert (joined["label_x"] == joined["label_y"]).all()


def test_tracks_of_the_model_are_learned_from_in_every_fold(classified):
    _, tracks, _, found = classified
    trained = ((tracks["particle"] == "proton") & (tracks["part"] == "train")).sum()
    for fold, rows in found.groupby("fold"):
        assert set(rows["n_trained"]) == {trained + (found["fold"] != fold).sum()}


def test_a_track_of_the_model_in_the_event_of_a_scored_one_is_left_out(classified):
    images, tracks, scores, found = classified
    scored = scores[scores["selection"] == "all"].iloc[0]
    moved = tracks.copy()
    index = moved.index[(moved["particle"] == "proton") & (moved["part"] == "train")][0]
    moved.loc[index, ["run", "subrun", "event", "track"]] = [scored["run"], scored["subrun"], scored["event"], 1]
    again = classify_images(images, moved, scores, RUN, OPTIONS.model_copy(update={"epochs": 1}))
    assert again["n_trained"].sum() == found["n_trained"].sum() - len(found)


def test_shuffled_rows_and_a_second_training_give_the_same_bytes(classified):
    images, tracks, scores, found = classified
    again = classify_images(images, shuffled(tracks), shuffled(scores), RUN, OPTIONS)
    pd.testing.assert_frame_equal(again, found, check_exact=True)


def test_another_seed_gives_other_scores(classified):
    images, tracks, scores, found = classified
    again = classify_images(images, tracks, scores, RUN, OPTIONS.model_copy(update={"seed": 1}))
    assert not np.allclose(again["cnn"], found["cnn"])


def test_without_a_probe_there_is_an_empty_table():
    images, tracks, scores = plant(bright=0, kaons=4)
    found = classify_images(images, tracks, scores, RUN, OPTIONS)
    assert len(found) == 0
    assert list(found.columns) == list(CLASSIFIED_COLUMNS)


def test_more_blocks_than_the_image_can_be_halved_are_left_out(classified):
    images, tracks, scores, _ = classified
    options = OPTIONS.model_copy(update={"channels": (4, 4, 4, 4, 4, 4), "epochs": 1})
    assert classify_images(images, tracks, scores, RUN, options)["cnn"].notna().all()


def test_a_track_without_an_image_is_refused(classified):
    images, tracks, scores, _ = classified
    with pytest.raises(UserError, match=r"tracks of the probe have no image, the first is sample=kaons"):
        classify_images(images, tracks[tracks["particle"] != "kaon"], scores, RUN, OPTIONS)


def test_scores_of_what_the_model_learned_from_train_no_network(classified):
    images, tracks, scores, _ = classified
    learnt = tracks[(tracks["part"] == "train") & (tracks["particle"] == "proton")].iloc[0]
    changed = scores.copy()
    changed.loc[changed["selection"].eq("all").idxmax(), list(TRACK_KEY)] = learnt[list(TRACK_KEY)].to_list()
    with pytest.raises(UserError, match="1 of .* scores of the probe are of tracks that the model learned from"):
        classify_images(images, tracks, changed, RUN, OPTIONS)

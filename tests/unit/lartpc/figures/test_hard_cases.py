"""The figure of hard cases."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_keys

from rootline.core.errors import UserError
from rootline.core.figures import FigureConfig, figure_style
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.figures.hard_cases import TRACKS_SHOWN, draw_hard_cases

OPTIONS = FigureConfig(dpi=80)


def tables(protons=30, kaons=20, hard=(9, 1)):
    """Scores in which the last tracks of each species are hard, each harder than the one before; and images."""
    keys = fake_keys(["proton"] * protons + ["kaon"] * kaons)
    particles = keys["sample"].str.removesuffix("s")
    label = (particles == "kaon").astype(int)
    scores = keys.assign(
        particle=particles, selection="all", label=label, fold=0, logistic=0.9 * label + 0.05, chi2=0.5
    )
    for particle, number in zip(("proton", "kaon"), hard, strict=True):
        rows = scores.index[scores["particle"] == particle][-number:] if number else []
        wrong = np.linspace(0.6, 0.9, len(rows))
        scores.loc[rows, "logistic"] = wrong if particle == "proton" else 1 - wrong
    scores["mlp"] = scores["logistic"]
    scores["hard"] = (scores["logistic"] > 0.5) != (scores["label"] == 1)
    scores.loc[::5, "chi2"] = np.nan
    images = np.random.default_rng(0).random((len(keys), 2, 16, 16)).astype(np.float32)
    return scores, images, keys.assign(row=np.arange(len(keys))[::-1])


def draw(scores, images, keys):
    with figure_style(OPTIONS):
        figure = draw_hard_cases(scores, images, keys, OPTIONS)
        return figure, complaints(figure)


def test_the_hardest_come_first_with_key_scores_and_chi2():
    scores, images, keys = tables()
    figure, wrong = draw(scores, images, keys)
    assert wrong == []
    worst = scores[scores["particle"] == "proton"].iloc[-1]
    texts = visible_texts(figure)
    first = [
        text for text in texts if text.startswith(f"{worst['run']} / {worst['subrun']} / {worst['event']}\n0.90, 0.90")
    ]
    assert len(first) == 1
    protons = figure.axes[1]
    assert protons.get_xticklabels()[0].get_text() == first[0] and len(protons.get_xticklabels()) == TRACKS_SHOWN
    assert any("9 hard of n = 30\n30 [17, 48] %" in text for text in texts)  # Wilson 1927
    assert any("none" in text for text in texts)


def test_each_image_is_that_of_its_key():
    scores, images, keys = tables(hard=(1, 0))
    worst = scores[scores["hard"]].merge(keys, on=list(TRACK_KEY)).iloc[0]
    images[:] = 0
    images[worst["row"], 1, 3, 4] = 77.0
    figure, _ = draw(scores, images, keys)
    assert figure.axes[0].images[0].get_array().max() == 77.0


@pytest.mark.parametrize("empty", [True, False])
def test_without_hard_cases_the_figure_says_so(empty):
    scores, images, keys = tables(hard=(0, 0))
    figure, wrong = draw(scores.iloc[:0] if empty else scores, images, keys)
    assert wrong == []
    assert visible_texts(figure) == [f"No track of {0 if empty else 50} that were probed\nis a hard case."]


def test_a_track_without_image_is_refused_by_its_key():
    scores, images, keys = tables(hard=(1, 0))
    missing = keys.merge(scores.loc[scores["hard"], list(TRACK_KEY)], on=list(TRACK_KEY), how="left", indicator=True)
    with pytest.raises(UserError, match="is in hard cases but not in images"):
        draw(scores, images, keys[(missing["_merge"] == "left_only").to_numpy()])

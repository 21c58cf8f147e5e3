"""The figure of probes."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_latents, fake_tracks

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.probe import probe
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.figures.labels import label_latent
from rootline.lartpc.figures.probe import LATENTS_SHOWN, draw_probe

OPTIONS = FigureConfig(dpi=80)
PROBE = ProbeConfig(bootstrap=100, mlp_hidden=(4,), mlp_epochs=10)


def draw(*, changes=None, without_chi2=False, **sizes):
    latents = fake_latents(**sizes)
    tracks = fake_tracks(latents)
    if without_chi2:
        tracks[["chi2_kaon", "chi2_proton"]] = np.nan
    probes, scores = probe(latents, tracks, ["proton"], PROBE.model_copy(update=changes or {}))
    with figure_style(OPTIONS):
        figure = draw_probe(probes, scores, OPTIONS)
        return probes, figure, complaints(figure)


def test_each_latent_has_a_point_and_each_curve_its_auc_with_interval_and_n():
    probes, figure, wrong = draw(protons=240, kaons=90, latent_dim=3)
    assert wrong == []
    texts = visible_texts(figure)
    row = probes[(probes["kind"] == "all") & (probes["method"] == "mlp") & (probes["selection"] == "all")].iloc[0]
    auc = f"AUC {row['auc']:.2f} [{row['auc_low']:.2f}, {row['auc_high']:.2f}], n = {row['n_negative']} + 90"
    assert any(auc in text for text in texts)
    assert any(text.startswith("all, n = ") for text in texts)
    assert any(text.startswith("picky, n = ") for text in texts)
    singles = probes[(probes["kind"] == "single") & (probes["selection"] == "all")]["auc"]
    assert figure.axes[0].lines[0].get_ydata() == pytest.approx(singles.to_numpy())


def test_the_map_of_pairs_is_a_triangle_with_single_latents_on_its_diagonal():
    probes, figure, _ = draw(protons=240, kaons=90, latent_dim=3)
    matrix = figure.axes[1].images[0].get_array()
    auc = probes[probes["selection"] == "all"].set_index("inputs")["auc"]
    assert matrix[1, 1] == pytest.approx(auc["mu_1"])
    assert matrix[2, 0] == pytest.approx(auc["mu_0 + mu_2"])
    assert np.ma.getmaskarray(matrix)[0, 2] or np.isnan(matrix[0, 2])


def test_of_more_latents_than_are_shown_the_map_has_the_pairs_of_those_that_are():
    sizes = {"protons": 150, "kaons": 60, "latent_dim": LATENTS_SHOWN + 2}
    probes, figure, wrong = draw(changes={"pairs_up_to": LATENTS_SHOWN + 2}, **sizes)
    assert wrong == []
    rows = probes[probes["selection"] == "all"]
    assert (rows["kind"] == "pair").sum() == 18 * 17 / 2
    matrix = np.ma.filled(figure.axes[1].images[0].get_array(), np.nan)
    assert np.isfinite(matrix).sum() == 16 * 17 / 2 and matrix.shape == (16, 16)
    shown = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    auc = rows.set_index("inputs")["auc"]
    places = {name: shown.index(label_latent(name)) for name in ("mu_0", "mu_1")}
    assert matrix[places["mu_1"], places["mu_0"]] == pytest.approx(auc["mu_0 + mu_1"])


def test_without_pairs_the_panel_says_so():
    _, figure, wrong = draw(protons=150, kaons=60, latent_dim=4, changes={"pairs_up_to": 3})
    assert wrong == []
    assert any("pairs not probed" in text for text in visible_texts(figure))


def test_without_chi2_there_is_no_curve_of_it():
    _, figure, wrong = draw(protons=150, kaons=60, latent_dim=2 + 1, without_chi2=True)
    assert wrong == []
    assert not any("chi^2$: AUC" in text for text in visible_texts(figure))
    assert any("MLP: AUC" in text for text in visible_texts(figure))


def test_too_few_tracks_give_a_figure_that_says_how_many():
    _, figure, wrong = draw(protons=60, kaons=4)
    assert wrong == []
    assert any("4 tracks of the positive class\nand 20 of the negative one" in text for text in visible_texts(figure))

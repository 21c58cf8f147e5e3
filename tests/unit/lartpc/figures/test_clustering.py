"""The figure of groups and species."""

import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_latents, shuffled

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.clustering import CLUSTERING_KEY, cluster_latents
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig
from rootline.lartpc.figures.clustering import draw_clustering

OPTIONS = FigureConfig(dpi=80)
CLUSTERING = ClusteringConfig(starts=1, scan_to=3, bootstrap=100, permutations=100, refits=100)


def draw(**sizes):
    numbers, scan, tracks = cluster_latents(fake_latents(**sizes), CLUSTERING)
    numbers = shuffled(numbers).sort_values(list(CLUSTERING_KEY))  # as they are read from the file
    with figure_style(OPTIONS):
        figure = draw_clustering(numbers, scan, tracks, OPTIONS)
        return numbers, scan, figure, complaints(figure)


def test_species_shares_agreement_scan_and_n_are_there():
    numbers, scan, figure, wrong = draw(protons=120, kaons=50, muons=40)
    assert wrong == []
    texts = visible_texts(figure)
    for text in ("kaon\nn = 50", "muon\nn = 40", "proton\nn = 120", "all, n = 210", "pair, n = 170", "ARI, pair"):
        assert text in texts
    bars = figure.subfigs[0].axes[0].patches
    assert sum(bar.get_width() for bar in bars) == pytest.approx(3)
    drawn = figure.subfigs[1].axes[1].lines[0].get_ydata()
    assert drawn == pytest.approx(scan.loc[scan["selection"] == "all", "ari"])
    assert "kaon (free)" in texts
    assert "proton (fixed)" in texts
    n = numbers[(numbers["method"] == "anchored") & (numbers["particle"] == "proton")]["n"].iloc[0]
    assert f"proton\nn = {n}" in texts


def test_each_group_of_the_mixture_has_an_ellipse():
    _, _, figure, _ = draw(protons=90, kaons=60, muons=60)
    plane = figure.subfigs[1].axes[2]
    assert len(plane.patches) == 3
    assert {text.get_text() for text in plane.texts} == {"A", "B", "C"}


def test_a_handful_of_tracks_can_be_drawn():
    _, _, figure, wrong = draw(protons=6, kaons=3)
    assert wrong == []
    assert any("too few tracks" in text for text in visible_texts(figure))


def test_without_groups_the_figure_says_so():
    _, _, figure, wrong = draw(protons=2, kaons=0)
    assert wrong == []
    assert any("No groups: 2 tracks are too few" in text for text in visible_texts(figure))

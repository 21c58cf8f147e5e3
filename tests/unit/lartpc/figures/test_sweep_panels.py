"""Which numbers of a sweep share a panel, and how each is drawn."""

import itertools

import pytest

from rootline.core.figures import FigureConfig
from rootline.lartpc.analyses.sweep_metrics import ANOMALY_SCORES, metrics_of
from rootline.lartpc.figures.sweep_panels import choose_panels

OPTIONS = FigureConfig()
PARTICLES = ("kaon", "muon", "kaon_reference", "pion")


def anomalies_of(particles):
    return [f"auc_{score}_{particle}" for score, particle in itertools.product(ANOMALY_SCORES, particles)]


def drawn(metrics):
    return [series for panel in choose_panels(metrics, OPTIONS) for series in panel.series]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_anomaly_score_of_every_particle_is_drawn_in_its_colour(n):
    metrics = anomalies_of(PARTICLES[:n])
    series = drawn(metrics)
    assert sorted(one.metric for one in series) == sorted(metrics)
    assert len({(one.colour, one.marker) for one in series}) == len(series)
    for one in series:
        particle = next(name for name in sorted(PARTICLES, key=len, reverse=True) if one.metric.endswith(name))
        assert one.colour == OPTIONS.colours.get(particle, one.colour)
    assert all(len(panel.series) <= 6 for panel in choose_panels(metrics, OPTIONS))


def test_a_score_keeps_its_marker_and_line_whatever_else_is_there():
    looks = {one.metric: (one.marker, one.line) for one in drawn(anomalies_of(PARTICLES))}
    for score in ANOMALY_SCORES:
        assert len({looks[f"auc_{score}_{particle}"] for particle in PARTICLES}) == 1
    assert len(set(looks.values())) == len(ANOMALY_SCORES)


def test_labels_name_score_and_particle_whatever_its_name():
    labels = {one.metric: one.label for one in drawn(anomalies_of(["kaon_reference"]))}
    assert labels == {
        "auc_mahalanobis_kaon_reference": "Mahalanobis, kaon_reference",
        "auc_reconstruction_error_kaon_reference": "error, kaon_reference",
        "auc_reconstruction_error_weighted_kaon_reference": "weighted error, kaon_reference",
    }
    titles = [panel.title for panel in choose_panels(anomalies_of(PARTICLES), OPTIONS)]
    assert titles == [f"AUC of anomaly scores\n{particle}" for particle in sorted(PARTICLES)]


def test_what_is_in_no_panel_is_the_weighted_error_and_what_judges_no_run():
    metrics = metrics_of(PARTICLES)
    left_out = set(metrics) - {one.metric for one in drawn(metrics)}
    assert left_out == {"n_parameters", "n_epochs", "val_loss", *(f"error_weighted_{name}" for name in PARTICLES)}

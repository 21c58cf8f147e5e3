"""Which numbers of a sweep share a panel, and how each is drawn."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from rootline.core.figures import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY_BLUE, FigureConfig, particle_colours

MARKERS: Final = ("o", "s", "D", "^", "v", "P", "X")
"""One for each number of a panel."""


MOST: Final = 6
"""Lines that a panel of anomaly scores can hold; with more, each particle has a panel of its own."""

_SCORES: Final = {
    "reconstruction_error_weighted": ("weighted error", "s", "--"),
    "reconstruction_error": ("error", "o", "-"),
    "mahalanobis": ("Mahalanobis", "D", ":"),
}
"""Name, marker and line of each anomaly score, the longer one first of two that begin alike."""


class Series(NamedTuple):
    """A line of a panel: which number, how it is called, its colour, and its marker where it is not that of its place."""

    metric: str
    label: str
    colour: str
    marker: str = ""
    line: str = "-"


class Panel(NamedTuple):
    """Numbers that share an axis."""

    title: str
    series: tuple[Series, ...]


def choose_panels(metrics: Sequence[str], options: FigureConfig) -> list[Panel]:
    """Sort the numbers that there are into panels; kinds without any get none.

    Particles have their colours in all panels, anomaly scores their markers.
    """
    there = set(metrics)
    errors = sorted(name for name in there if name.startswith("error_") and not name.startswith("error_weighted_"))
    particles = [name.removeprefix("error_") for name in errors]
    scores = {name: found for name in sorted(there) if (found := _score_and_particle(name))}
    colours = particle_colours([*particles, *(particle for _, particle in scores.values())], options)
    candidates = [
        Panel(
            "AUC of probes",
            (
                Series("auc_logistic", "logistic", SKY_BLUE),
                Series("auc_mlp", "MLP", PURPLE),
                Series("auc_chi2", "$\\chi^2$", BLACK),
            ),
        ),
        *_anomaly_panels(scores, colours),
        Panel(
            "reconstruction error",
            tuple(Series(name, particle, colours[particle]) for name, particle in zip(errors, particles, strict=True)),
        ),
        Panel(
            "$R^2$ of charge features",
            (Series("r2_charge_ridge", "ridge", GREEN), Series("r2_charge_mlp", "MLP", PURPLE)),
        ),
        Panel(
            "$R^2$ of Bragg features",
            (Series("r2_bragg_ridge", "ridge", GREEN), Series("r2_bragg_mlp", "MLP", PURPLE)),
        ),
        Panel(
            "ARI of clusters",
            (Series("ari_kmeans", "kmeans", ORANGE), Series("ari_mixture", "mixture", BLUE)),
        ),
    ]
    known = [Panel(title, tuple(one for one in series if one.metric in there)) for title, series in candidates]
    return [panel for panel in known if panel.series]


def _anomaly_panels(scores: Mapping[str, tuple[str, str]], colours: Mapping[str, str]) -> list[Panel]:
    """Put the anomaly scores of all particles into one panel, or each particle's into its own where they are many."""
    title, particles = "AUC of anomaly scores", sorted({particle for _, particle in scores.values()})
    alone = len(scores) > MOST
    series: dict[str, list[Series]] = {particle: [] for particle in particles}
    for name, (score, particle) in scores.items():
        label, marker, line = _SCORES[score]
        label = label if alone else f"{label}, {particle}"
        series[particle].append(Series(name, label, colours[particle], marker, line))
    if alone:
        return [Panel(f"{title}\n{particle}", tuple(series[particle])) for particle in particles]
    return [Panel(title, tuple(chain.from_iterable(series.values())))]


def _score_and_particle(metric: str) -> tuple[str, str] | None:
    """Take the name of an anomaly score's AUC apart; None for another number."""
    score = next((score for score in _SCORES if metric.startswith(f"auc_{score}_")), None)
    return (score, metric.removeprefix(f"auc_{score}_")) if score else None

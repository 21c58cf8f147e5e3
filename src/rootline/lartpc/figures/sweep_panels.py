"""Which numbers of a sweep share a panel, and how each is drawn."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rootline.core.figures import BLACK, GREEN, OKABE_ITO, ORANGE, PURPLE, SKY_BLUE, FigureConfig, particle_colours

MARKERS: Final = ("o", "s", "D", "^", "v", "P", "X")
"""One for each number of a panel."""


class Series(NamedTuple):
    """A line of a panel: which number, how it is called, its colour."""

    metric: str
    label: str
    colour: str


class Panel(NamedTuple):
    """Numbers that share an axis."""

    title: str
    series: tuple[Series, ...]


def choose_panels(metrics: Sequence[str], options: FigureConfig) -> list[Panel]:
    """Sort the numbers that there are into panels; kinds without any get none."""
    there = set(metrics)
    errors = sorted(name for name in there if name.startswith("error_") and not name.startswith("error_weighted_"))
    particles = [name.removeprefix("error_") for name in errors]
    colours = particle_colours(particles, options)
    anomalies = [
        Series(name, _anomaly_label(name), colour)
        for name, colour in zip(
            sorted(name for name in there if name.startswith(("auc_recon", "auc_mahal")) and "muon" not in name),
            OKABE_ITO,
            strict=False,
        )
    ]
    candidates = [
        Panel(
            "AUC of probes",
            (
                Series("auc_logistic", "logistic", SKY_BLUE),
                Series("auc_mlp", "MLP", PURPLE),
                Series("auc_chi2", "$\\chi^2$", BLACK),
            ),
        ),
        Panel("AUC of anomaly scores", tuple(anomalies)),
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
            tuple(
                Series(name, name.removeprefix("ari_").replace("_", " "), colour)
                for name, colour in zip(
                    sorted(name for name in there if name.startswith("ari_")), (ORANGE, *OKABE_ITO), strict=False
                )
            ),
        ),
    ]
    known = [Panel(title, tuple(one for one in series if one.metric in there)) for title, series in candidates]
    return [panel for panel in known if panel.series]


def _anomaly_label(name: str) -> str:
    kind, _, particle = name.removeprefix("auc_").rpartition("_")
    words = {"reconstruction_error": "error", "reconstruction_error_weighted": "weighted error"}
    return f"{words.get(kind, 'Mahalanobis')}, {particle}"

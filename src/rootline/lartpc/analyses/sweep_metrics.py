"""The numbers of a run that sweeps are judged by: which there are, what they compare, and what knowledge is in them.

No pandas here: the workflow checks names of numbers before any job starts.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from rootline.core.errors import UserError
from rootline.core.names import suggest_name

Goal = Literal["max", "min"]

CALORIMETRIC: Final = ("charge", "bragg")
"""Categories of features that charge decides."""

ANOMALY_SCORES: Final = ("reconstruction_error", "reconstruction_error_weighted", "mahalanobis")

LABEL_FREE: Final = ("mixture", "kmeans")
"""Clusterings that know no species."""

_SMALL: Final = ("error_", "val_loss", "n_")
_IN_UNITS_OF_THE_IMAGE: Final = ("images.", "train.transform", "train.mpv_")
_WEIGHTED: Final = ("train.signal_weight", "train.signal_threshold")


def metrics_of(particles: Iterable[str]) -> list[str]:
    """List all numbers that a run can have (`tabulate_runs`); which it has depends on its tracks."""
    names = ["n_parameters", "n_epochs", "val_loss", "auc_logistic", "auc_mlp", "auc_chi2"]
    names += [f"r2_{category}_{model}" for category in CALORIMETRIC for model in ("ridge", "mlp")]
    names += [f"ari_{method}" for method in LABEL_FREE]
    for particle in particles:
        names += [f"error_{particle}", f"error_weighted_{particle}"]
        names += [f"auc_{score}_{particle}" for score in ANOMALY_SCORES]
    return list(dict.fromkeys(names))


def check_metric(name: str, particles: Iterable[str], *, key: str) -> None:
    """Refuse a name that no run can have a number under.

    Raises
    ------
    UserError
        With the config key, the near miss and all names.
    """
    known = metrics_of(particles)
    if name not in known:
        raise UserError(f"{key}={name}: no number of a run; {suggest_name(name, sorted(known))}")


def goal_of(metric: str) -> Goal:
    """Say whether a number is to be large or small."""
    return "min" if metric.startswith(_SMALL) else "max"


def incomparable_keys(metric: str, keys: Sequence[str]) -> list[str]:
    """Name those swept keys that put a number in other units from run to run.

    A reconstruction error is a mean over the pixels of the transformed image:
    another image or transform is another unit. The loss also holds beta, and
    is of the validation tracks, which another split chooses anew.
    """
    if metric.startswith("error_"):
        units = (*_IN_UNITS_OF_THE_IMAGE, *(_WEIGHTED if metric.startswith("error_weighted_") else ()))
    elif metric == "val_loss":
        units = (*_IN_UNITS_OF_THE_IMAGE, *_WEIGHTED, "train.beta", "train.species", "split.")
    else:
        return []
    return [key for key in keys if key.startswith(units)]


def needs_labels(metric: str, species: Sequence[str]) -> bool:
    """Say whether a number was made with the particles' labels; that a model is trained on `species` is none."""
    if metric.startswith(("auc_", "ari_")):
        return True
    if metric.startswith("error_"):
        return metric.removeprefix("error_").removeprefix("weighted_") not in species
    return False

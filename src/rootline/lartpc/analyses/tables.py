"""What the analyses read from the tables of latents and features."""

import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, describe_key, join_strict
from rootline.lartpc.analyses.statistics import Bools, Floats
from rootline.lartpc.parts import of_part

CHI2_DEFINED_MAX = 10.0
"""A larger chi2 counts as undefined in plots and regressions."""

LOG_LIKELIHOOD_DEFINED_MIN = -5000.0
"""A smaller log-likelihood counts as undefined in plots and regressions."""

NO_CATEGORY = "pid"
"""Category of the quantities that describe no cluster: chi2 and log-likelihoods."""

ALL = "all"
"""Name of the group of all tracks, beside one group per particle."""


def latent_names(latents: pd.DataFrame) -> list[str]:
    """Name the columns mu_0, mu_1, ... in the order of their numbers.

    Raises
    ------
    UserError
        If there is none, or a number is missing.
    """
    numbers = sorted(int(match[1]) for name in latents.columns if (match := re.fullmatch(r"mu_(\d+)", str(name))))
    if not numbers or numbers != list(range(len(numbers))):
        found = ", ".join(f"mu_{number}" for number in numbers) or "none"
        raise UserError(f"latents: need columns mu_0, mu_1, ... without gaps, found {found}; encode the tracks again")
    return [f"mu_{number}" for number in numbers]


def latent_matrix(latents: pd.DataFrame) -> Floats:
    """Give mu as an (n, latent_dim) array.

    Raises
    ------
    UserError
        If a value is not finite.
    """
    matrix = latents[latent_names(latents)].to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(matrix).all(axis=1)
    if wrong.any():
        row = latents.loc[wrong, list(TRACK_KEY)].iloc[0].to_dict()
        raise UserError(
            f"latents: {int(wrong.sum())} tracks have a mu that is not finite, the first is {describe_key(row)}; "
            "the model diverged: lower lartpc.train.lr or change lartpc.train.transform and train again"
        )
    return matrix


def join_features(latents: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Put the features beside the latents; both must hold the same tracks."""
    names = ("latents", "features")
    return join_strict(latents, features.drop(columns="particle", errors="ignore"), key=TRACK_KEY, names=names)


def feature_names(features: pd.DataFrame) -> list[str]:
    """Name the columns that hold features: all numbers beside the key."""
    numeric = features.select_dtypes("number").columns
    return [str(name) for name in numeric if name not in TRACK_KEY]


def defined_values(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Give features as an (n, n_features) array with NaN for every value that counts as undefined."""
    values = frame[list(names)].to_numpy(dtype=np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    for column, name in enumerate(names):
        if name.startswith("chi2_"):
            values[values[:, column] > CHI2_DEFINED_MAX, column] = np.nan
        elif name.startswith("log_likelihood_"):
            values[values[:, column] < LOG_LIKELIHOOD_DEFINED_MIN, column] = np.nan
    return values


def groups(particles: pd.Series) -> dict[str, Bools]:
    """Give the rows of all tracks and of each particle; one particle alone is only called by its name."""
    names = sorted(particles.unique())
    chosen = {name: (particles == name).to_numpy(dtype=bool) for name in names}
    return chosen if len(names) == 1 else {ALL: np.ones(len(particles), dtype=bool), **chosen}


def is_picky(tracks: pd.DataFrame, flags: Sequence[str]) -> Bools:
    """Mark the tracks whose event has 1 in all these flags of the beamline; null is not 1."""
    picky = np.ones(len(tracks), dtype=bool)
    for flag in flags:
        picky &= (tracks[flag] == 1).fillna(False).to_numpy(dtype=bool)
    return picky


def learned_from(
    latents: pd.DataFrame, train_particles: Collection[str], train_samples: Collection[str] | None = None
) -> Bools:
    """Mark the tracks that the model learned from: the train part of its species, in the samples that it may learn from.

    `train_samples` names these; None allows all.
    """
    return of_part(latents, train_particles, "train", train_samples)

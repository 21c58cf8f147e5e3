"""Which tracks a model learns from: the one answer that the training and the analyses share."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def of_part(
    tracks: pd.DataFrame, species: Collection[str], part: str, samples: Collection[str] | None = None
) -> NDArray[np.bool_]:
    """Mark the tracks of one part of some species, in the samples that may be learnt from.

    Parameters
    ----------
    tracks : data frame
        With sample, particle and part.
    species : collection of str
        Particles that the model is trained on.
    part : str
        train, val or test.
    samples : collection of str, optional
        Samples that may be learnt from; all without it.

    Returns
    -------
    (n_tracks,) array
        In the order of the rows.
    """
    chosen = tracks["particle"].isin(list(species)) & (tracks["part"] == part)
    if samples is not None:
        chosen &= tracks["sample"].isin(list(samples))
    return chosen.to_numpy(dtype=bool)

"""What a forest looks at: how much of its AUC is lost where a group of inputs says nothing any more.

Inputs of one detector are permuted together. By themselves they would make
tracks that no detector gives, with a velocity and no time, and each would
lose little as long as the other one says the same.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from rootline.core.screen import tell
from rootline.core.seeds import generator
from rootline.pid.analyses.settings.importance import ImportanceConfig
from rootline.pid.columns import N_SIGMA
from rootline.pid.inputs import class_numbers
from rootline.pid.species import SPECIES
from rootline.pid.trees import TreeConfig, fit_trees, probabilities

KEY: Final = ("inputs", "species", "group")

RAW: Final[Mapping[str, Sequence[str]]] = {
    "TPC signal": ("fTPCSignal",),
    "TOF time, velocity": ("fTOFSignal", "fBeta"),
    "TRD pattern": ("fTRDPattern",),
    "momentum": ("fP", "fPx", "fPy", "fPz"),
    "sign": ("fSign",),
    "place, angle": ("fX", "fY", "fZ", "fAlpha"),
    "shared clusters": ("fTPCNClsShared",),
    "closest approach": ("fDcaXY", "fDcaZ"),
}

PARAMETRISED: Final[Mapping[str, Sequence[str]]] = {
    "TPC n-sigma": tuple(name for name in N_SIGMA if name.startswith("fTPC")),
    "TOF n-sigma": tuple(name for name in N_SIGMA if name.startswith("fTOF")),
    "momentum": ("fP", "fPt"),
    "sign": ("fSign",),
    "closest approach": ("fDcaXY", "fDcaZ"),
}

INPUT_SETS: Final = {"parametrised": PARAMETRISED, "raw": RAW}

JUDGED: Final = ("kaon", "proton")


def rank_inputs(tracks: pd.DataFrame, options: ImportanceConfig, *, threads: int = 1) -> pd.DataFrame:
    """Fit a forest on each set of inputs and permute its groups one by one.

    Parameters
    ----------
    tracks : data frame
        Cleaned tracks with their part.
    options : ImportanceConfig
        Sizes and seeds.
    threads : int
        They change no result.

    Returns
    -------
    data frame
        Per set of inputs, species and group: ``loss``, the mean drop of the
        one-against-all AUC, its ``spread`` over permutations (standard
        deviation), ``auc`` before, and ``n`` test tracks, ``n_species`` of
        the species; NaN where the test part has none of it, or nothing else.
    """
    train = _draw(tracks, "train", options.train_tracks, options.seed)
    test = _draw(tracks, "test", options.test_tracks, options.seed)
    rows = []
    for name, groups in INPUT_SETS.items():
        tell(f"  a forest of {name} inputs, {len(train)} tracks")
        columns = [column for group in groups.values() for column in group]
        forest = fit_trees(
            train[columns].to_numpy(dtype=np.float32),
            class_numbers(train),
            TreeConfig(n=options.trees, max_depth=options.max_depth),
            seed=options.seed,
            threads=threads,
        )
        inputs = test[columns].to_numpy(dtype=np.float32)
        whole = _areas(probabilities(forest, inputs), test)
        for group, members in groups.items():
            places = [columns.index(column) for column in members]
            losses = []
            for repeat in range(options.repeats):
                order = generator(options.seed, "importance", name, group, repeat).permutation(len(inputs))
                permuted = inputs.copy()
                permuted[:, places] = inputs[order][:, places]
                losses.append(whole - _areas(probabilities(forest, permuted), test))
            for place, species in enumerate(JUDGED):
                of_species = [loss[place] for loss in losses]
                rows.append(
                    {
                        "inputs": name,
                        "species": species,
                        "group": group,
                        "columns": ", ".join(members),
                        "loss": float(np.mean(of_species)),
                        "spread": float(np.std(of_species, ddof=1)) if len(of_species) > 1 else np.nan,
                        "repeats": options.repeats,
                        "auc": float(whole[place]),
                        "n": len(test),
                        "n_species": int((test["species"] == species).sum()),
                    }
                )
    return pd.DataFrame(rows)


def _draw(tracks: pd.DataFrame, part: str, n: int, seed: int) -> pd.DataFrame:
    """Draw tracks of a part, n at most: the first ones would all be of a few data frames."""
    rows = np.flatnonzero(tracks["part"] == part)
    if len(rows) > n:
        rows = np.sort(generator(seed, "importance", part).choice(rows, n, replace=False))
    return tracks.iloc[rows]


def _areas(
    scores: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", test: pd.DataFrame
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Give the area under the curve of each judged species against all others."""
    from sklearn.metrics import roc_auc_score

    areas = []
    for species in JUDGED:
        is_species = (test["species"] == species).to_numpy(dtype=bool)
        both = 0 < is_species.sum() < len(is_species)
        areas.append(float(roc_auc_score(is_species, scores[:, SPECIES.index(species)])) if both else np.nan)
    return np.array(areas)

"""Networks with and without an adversary, in second domains of growing distance from the first."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.seeds import generator, seed_for
from rootline.pid.analyses.settings.domains import DomainsConfig
from rootline.pid.inputs import TARGET_NAMES, Float32s, raw_inputs
from rootline.pid.scan import ADVERSARY, SOURCE, ScanPoint
from rootline.pid.scores import BATCH, SCORED, species_scores
from rootline.pid.selection import cut_at_best_f1

if TYPE_CHECKING:
    from rootline.pid.models import Network

DIFFERENCE: Final = "difference"
"""`ADVERSARY` minus `SOURCE`, seed by seed."""

MEAN: Final = "mean"
"""In the column `species`: the mean of the three."""

F1: Final = ("source_f1", "target_f1")

DOMAINS_KEY: Final = ("variant", "shift", "seed", "species")
SUMMARY_KEY: Final = ("variant", "shift", "measure", "species")

DOMAINS_COLUMNS: Final = (
    *DOMAINS_KEY, "run", "sample", "threshold", *F1, "n_val", "n_source", "n_target", "domain_auc", "n_domain",
)  # fmt: skip
SUMMARY_COLUMNS: Final = (*SUMMARY_KEY, "mean", "spread", "n_seeds", "verdict")


class Scan(NamedTuple):
    """A row per training and species, and the means over the seeds."""

    domains: pd.DataFrame
    summary: pd.DataFrame


def scan_domains(
    points: Sequence[ScanPoint],
    read: "Callable[[str], Network]",
    first: pd.DataFrame,
    seconds: Mapping[str, pd.DataFrame],
    options: DomainsConfig,
) -> Scan:
    """Judge every network of a scan in the domain that it learnt from, and in the second domain of its point.

    A track is scored for a species of the sign that it has. The cut is that of
    largest F1 on the val part of the first domain; species of a second domain
    are counted in the end and choose nothing.

    Parameters
    ----------
    points : sequence of ScanPoint
        One run may serve several of them.
    read : function
        From a run to its network.
    first : data frame
        Cleaned tracks of the first domain with their species and part.
    seconds : mapping of data frames
        The same of every second domain, by the sample.
    options : DomainsConfig
        How the domains are told apart.

    Returns
    -------
    domains : data frame
        `DOMAINS_COLUMNS`. A row per training and species, and its mean over
        the species, which is NaN if one is: threshold, F1 on the test part of
        the first (source_f1) and of the second domain (target_f1); n_val,
        n_source, n_target tracks of the species, summed in the mean. The mean
        alone has domain_auc: how well a forest tells the domains apart by what
        the network maps n_domain tracks to, half of each domain.
    summary : data frame
        As `summarise_seeds` gives it.

    Raises
    ------
    UserError
        If there are no points, or a network maps tracks to nothing.
    """
    if not points:
        raise UserError("the scan has no points; give pid.scan at least one shift and one seed")
    val, test = (first[first["part"] == part] for part in ("val", "test"))
    tested = {sample: table[table["part"] == "test"] for sample, table in seconds.items()}
    picked = {sample: pick_tracks(table, options.tracks, options.seed) for sample, table in tested.items()}
    picked_first = pick_tracks(test, options.tracks, options.seed)
    records: list[dict[str, Any]] = []
    for run in dict.fromkeys(point.run for point in points):
        network = read(run)
        cuts = _choose(network, val)
        here = _judge(network, test, cuts)
        mapped = map_tracks(network, picked_first)
        for point in (point for point in points if point.run == run):
            there = _judge(network, tested[point.sample], cuts)
            told = tell_apart(mapped, map_tracks(network, picked[point.sample]), options)
            rows: list[dict[str, Any]] = [
                {"species": name, "threshold": cuts[name] if np.isfinite(cuts[name]) else np.nan}
                | {
                    "source_f1": here[name][0],
                    "target_f1": there[name][0],
                    "n_val": int((val["species"] == name).sum()),
                }
                | {"n_source": here[name][1], "n_target": there[name][1]}
                for name in SCORED
            ]
            mean: dict[str, Any] = {name: float(np.mean([row[name] for row in rows])) for name in F1}
            mean |= {name: sum(row[name] for row in rows) for name in ("n_val", "n_source", "n_target")}
            rows.append({"species": MEAN, "domain_auc": told[0], "n_domain": told[1]} | mean)
            records += [point._asdict() | row for row in rows]
    found = pd.DataFrame.from_records(records).reindex(columns=list(DOMAINS_COLUMNS))
    found = found.astype({"domain_auc": "float64", "n_domain": "Int64"})
    return Scan(found, summarise_seeds(found))


def summarise_seeds(domains: pd.DataFrame) -> pd.DataFrame:
    """Give mean and spread over the seeds, of each variant and of their difference.

    Returns
    -------
    data frame
        `SUMMARY_COLUMNS`. Rows: variant (or `DIFFERENCE`, of seeds that both
        variants have), shift, measure (source_f1, target_f1, domain_auc),
        species. spread: standard deviation over the n_seeds, NaN for one.
        verdict, of differences of an F1: gain if the mean is larger than the
        spread, loss if it is smaller than minus the spread, else none;
        unknown where there is no spread.
    """
    columns = [*DOMAINS_KEY, *F1, "domain_auc"]
    long = domains[columns].melt(list(DOMAINS_KEY), var_name="measure")
    long = long[(long["measure"] != "domain_auc") | (long["species"] == MEAN)]
    of_seed = ["shift", "measure", "species", "seed"]
    source, adversary = (
        long.loc[long["variant"] == name, [*of_seed, "value"]].rename(columns={"value": name})
        for name in (SOURCE, ADVERSARY)
    )
    wide = source.merge(adversary, on=of_seed, how="outer", validate="one_to_one")
    wide[DIFFERENCE] = wide[ADVERSARY] - wide[SOURCE]
    records = []
    for (shift, measure, species), values in wide.groupby(of_seed[:-1], sort=True):
        for variant in (SOURCE, ADVERSARY, DIFFERENCE):
            known = values[variant].dropna().to_numpy(dtype=np.float64)
            mean = float(known.mean()) if len(known) else np.nan
            spread = float(known.std(ddof=1)) if len(known) > 1 else np.nan
            judged = variant == DIFFERENCE and measure in F1
            records.append(
                {"variant": variant, "shift": shift, "measure": measure, "species": species, "mean": mean}
                | {"spread": spread, "n_seeds": len(known), "verdict": judge(mean, spread) if judged else None}
            )
    return pd.DataFrame.from_records(records, columns=list(SUMMARY_COLUMNS))


def judge(mean: float, spread: float) -> str:
    """Say whether a mean difference is beyond the spread of its seeds: gain, loss, none; unknown without a spread."""
    if not np.isfinite([mean, spread]).all():
        return "unknown"
    return "gain" if mean > spread else "loss" if mean < -spread else "none"


def tell_apart(first: Float32s, second: Float32s, options: DomainsConfig) -> tuple[float, int]:
    """Give the area under the ROC curve of a forest that tells second from first, and of how many vectors.

    Each fold is judged by a forest fitted to the others; the area is the mean
    over the folds, since scores of different forests are not to be compared.

    Parameters
    ----------
    first, second : (n, n_dimensions) arrays
        Of the longer one as many as the other has; NaN if a fold would lack a domain.
    options : DomainsConfig
        Forest and folds.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    n = min(len(first), len(second))
    if n < options.folds:
        return np.nan, 2 * n
    vectors, is_second = np.concatenate([first[:n], second[:n]]), np.repeat([False, True], n)
    state = seed_for(options.seed, "forest of domains") % 2**32
    forest = RandomForestClassifier(options.trees, max_depth=options.max_depth, min_samples_leaf=5, random_state=state)
    areas = []
    for learnt, judged in StratifiedKFold(options.folds, shuffle=True, random_state=state).split(vectors, is_second):
        forest.fit(vectors[learnt], is_second[learnt])
        areas.append(roc_auc_score(is_second[judged], forest.predict_proba(vectors[judged])[:, 1]))
    return float(np.mean(areas)), 2 * n


def pick_tracks(tracks: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Draw n tracks of a sample at most, in the order of the key; which ones depends on nothing but sample and seed."""
    if len(tracks) <= n:
        return tracks
    rng = generator(seed, "tracks", str(tracks["sample"].iloc[0]))
    return tracks.iloc[np.sort(rng.choice(len(tracks), n, replace=False))]


def map_tracks(network: "Network", tracks: pd.DataFrame) -> Float32s:
    """Give what a network maps tracks to, (n, 32).

    Raises
    ------
    UserError
        If its kind maps them to nothing.
    """
    if not hasattr(network.module, "mapper"):
        raise UserError(f"a network of kind {network.run.kind} maps tracks to nothing; use mapper or attention")
    inputs = raw_inputs(tracks)
    parts = [network.mapped(inputs[start : start + BATCH]) for start in range(0, len(inputs), BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def _choose(network: "Network", val: pd.DataFrame) -> dict[str, float]:
    """Give the cut of largest F1 on the score of each species."""
    scores = species_scores(val, network.score, TARGET_NAMES)
    return {
        name: cut_at_best_f1(scores[name].to_numpy(dtype=np.float64), (val["species"] == name).to_numpy(dtype=bool))
        for name in SCORED
    }


def _judge(network: "Network", tracks: pd.DataFrame, cuts: Mapping[str, float]) -> dict[str, tuple[float, int]]:
    """Give F1 = 2 n_right / (n_species + n_accepted) of each species at its cut, NaN without a track of it, and n_species."""
    scores = species_scores(tracks, network.score, TARGET_NAMES)
    found = {}
    for name, cut in cuts.items():
        is_species = (tracks["species"] == name).to_numpy(dtype=bool)
        accepted = scores[name].to_numpy(dtype=np.float64) >= cut
        n_species, n_right = int(is_species.sum()), int((is_species & accepted).sum())
        f1 = 2 * n_right / (n_species + int(accepted.sum())) if n_species else np.nan
        found[name] = (f1, n_species)
    return found

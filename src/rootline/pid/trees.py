"""Forests and boosted trees that tell the five species apart, as scikit-learn has them."""

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.seeds import seed_for
from rootline.pid.species import SPECIES

TreeKind = Literal["forest", "adaboost", "boosting"]


class TreeConfig(Section):
    """How many trees, and how large."""

    n: PositiveInt = Field(100, description="Number of trees, of gradient boosting for each class.")
    max_depth: PositiveInt | None = Field(15, description="Largest depth of a tree; null for no bound.")
    min_leaf: PositiveInt = Field(5, description="Tracks that a leaf holds at least.")
    learning_rate: PositiveFloat = Field(0.5, description="Weight of each further tree of boosting and AdaBoost.")
    l2: NonNegativeFloat = Field(
        1.0,
        description="What boosting adds to the second derivative of the loss in a leaf: at 0 a step of a rare species, of "
        "which few tracks are in doubt, has no bound.",
    )


_OTHERS: Final[dict[TreeKind, frozenset[str]]] = {
    "forest": frozenset({"learning_rate", "l2"}),
    "adaboost": frozenset({"l2"}),
    "boosting": frozenset(),
}


def used_by(kind: TreeKind, options: TreeConfig) -> TreeConfig:
    """Give the options with what a kind has no use for as by default."""
    return TreeConfig.model_validate(options.model_dump(exclude=set(_OTHERS[kind])))


def fit_trees(
    inputs: NDArray[np.float32],
    classes: NDArray[np.int64],
    options: TreeConfig,
    *,
    kind: TreeKind = "forest",
    seed: int = 0,
    threads: int = 1,
) -> Any:
    """Fit a model to tracks; the mean of an input stands where it is missing.

    Parameters
    ----------
    inputs : (n, n_inputs) float32
        As they were measured: to trees no scale matters.
    classes : (n,) int64
        Places in `SPECIES`; tracks of another particle (-1) are left out.
    options : TreeConfig
        The trees.
    kind : str
        Random Forest, AdaBoost or gradient boosting.
    seed : int
        Of what they choose by chance.
    threads : int
        On how many the forest is fitted; they change no result.

    Raises
    ------
    UserError
        If fewer than two species are there.
    """
    from sklearn.impute import SimpleImputer  # late: whoever only reads the config does not pay for scikit-learn
    from sklearn.pipeline import make_pipeline

    known = classes >= 0
    present = np.unique(classes[known])
    if len(present) < 2:
        names = ", ".join(SPECIES[number] for number in present) or "none"
        raise UserError(f"to tell species apart takes two at least; among {len(classes)} tracks there is {names}")
    estimator = make_pipeline(
        SimpleImputer(strategy="mean", keep_empty_features=True), _estimator(kind, options, seed, threads)
    )
    estimator.fit(inputs[known], classes[known])
    return estimator


def learnt_probabilities(estimator: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the probability of each species that was there to learn from, (n, n_learnt), as an exported model does."""
    found: NDArray[np.float32] = estimator.predict_proba(inputs).astype(np.float32)
    return found


def probabilities(estimator: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the probability of each species, (n, 5); 0 for one that was not there to learn from."""
    found = np.zeros((len(inputs), len(SPECIES)), dtype=np.float32)
    if len(inputs):
        found[:, estimator.classes_] = estimator.predict_proba(inputs)
    return found


def _estimator(kind: TreeKind, options: TreeConfig, seed: int, threads: int) -> Any:
    from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    random_state = seed_for(seed, "trees", kind) % 2**32
    shape = {"max_depth": options.max_depth, "min_samples_leaf": options.min_leaf}
    match kind:
        case "forest":
            return RandomForestClassifier(
                options.n, criterion="gini", random_state=random_state, n_jobs=threads, **shape
            )
        case "adaboost":
            tree = DecisionTreeClassifier(criterion="gini", **shape)
            return AdaBoostClassifier(
                tree, n_estimators=options.n, learning_rate=options.learning_rate, random_state=random_state
            )
        case "boosting":
            return HistGradientBoostingClassifier(
                max_iter=options.n,
                learning_rate=options.learning_rate,
                l2_regularization=options.l2,
                random_state=random_state,
                early_stopping=False,
                **shape,
            )

"""Options of what is picked from a sweep: its Pareto view and its best point."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, StringConstraints

from rootline.core.config import Section

MetricName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class ParetoConfig(Section):
    """What a point of a sweep is judged by, when no single number decides."""

    error: MetricName | None = Field(
        None,
        description="Number to be small, a column of `runs`; null: the reconstruction error of the first particle in "
        "`lartpc.train.species`.",
    )
    score: MetricName = Field("auc_logistic", description="Number to be large, a column of `runs`.")


class BestConfig(Section):
    """Which point of a sweep counts as its best."""

    metric: MetricName = Field(
        "r2_bragg_ridge",
        description="Column of `runs` that decides; the default needs no particle's label.",
    )
    goal: Literal["max", "min"] | None = Field(
        None, description="Whether it is to be large or small; null: small for errors, losses and counts."
    )
    within: NonNegativeFloat = Field(
        1.0,
        description="The smallest model within so many standard errors of the best value is taken; 0 takes the best value.",
    )

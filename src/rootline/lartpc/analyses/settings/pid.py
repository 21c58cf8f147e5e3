"""Options of the analysis `pid`."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples

Share = Annotated[float, Field(gt=0.5, lt=1)]


class PidConfig(Section):
    """All scores that tell kaons from protons, on the same tracks."""

    purities: tuple[Share, ...] = Field(
        (0.9, 0.95), min_length=1, description="Purities of the positive particle, both species counted alike."
    )
    rejections: tuple[Share, ...] = Field(
        (0.9, 0.95), min_length=1, description="Shares of the negative particle that are rejected."
    )
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals.")
    trees: PositiveInt = Field(100, description="Boosted trees on the features.")
    leaf_tracks: PositiveInt = Field(10, description="Fewest tracks of a leaf of these.")
    seed: NonNegativeInt = Field(42, description="Seed of bootstrap and trees.")

    @model_validator(mode="after")
    def _points_differ(self) -> "PidConfig":
        for name in ("purities", "rejections"):
            percents = [round(100 * share) for share in getattr(self, name)]
            if len(set(percents)) < len(percents):
                raise ValueError(f"{name} names a whole percent twice; columns of the table are named by it")
        return self

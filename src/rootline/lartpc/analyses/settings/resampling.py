"""Options of the analysis `resampling`."""

from pydantic import Field, NonNegativeInt, PositiveInt

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples


class ResamplingConfig(Section):
    """Area against bilinear resampling of the same tracks."""

    tracks: PositiveInt = Field(300, description="Tracks drawn at random, shared out evenly over the samples.")
    shifts: tuple[PositiveInt, ...] = Field(
        (1, 2, 4, 8, 16), min_length=1, description="By how much tracks are moved along the canvas [ticks]."
    )
    narrow: PositiveInt = Field(
        20, description="A wire's pulse is narrow if it spans at most this above threshold [ticks]."
    )
    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals.")
    seed: NonNegativeInt = Field(42, description="Seed of the draw and of the bootstrap.")

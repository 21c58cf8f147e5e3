"""Options of the analysis `correlation`."""

from pydantic import Field, NonNegativeInt

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples


class CorrelationConfig(Section):
    """Rank correlation of latents with features, and what share of a latent a feature explains."""

    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals of R2.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")

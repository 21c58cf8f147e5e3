"""Options of the analysis `traversal`."""

from pydantic import Field, NonNegativeInt, PositiveFloat

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples


class TraversalConfig(Section):
    """Decode the model while one latent moves and the others stay at the anchor."""

    steps: int = Field(9, ge=3, description="Images per latent, the anchor included when odd.")
    sigmas: PositiveFloat = Field(2.0, description="Reach to each side of the anchor [standard deviations of mu].")
    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals of the anchor.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")

"""Options of the analysis `windows`."""

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples


class WindowsConfig(Section):
    """Entry windows from the data: where the beam outnumbers halo and cosmics."""

    contrast: PositiveFloat = Field(
        1.0, description="A window ends where there is less beam than this times the background; lower is wider."
    )
    tick_bin: PositiveInt = Field(16, description="Width of the bins in which vertex ticks are counted [ticks].")
    min_clusters: PositiveInt = Field(100, description="A plane with fewer clusters gets no proposal.")
    bootstrap: Resamples = Field(200, description="Bootstrap resamples of events behind the intervals.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")

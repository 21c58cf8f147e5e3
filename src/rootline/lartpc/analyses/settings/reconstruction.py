"""Options of the analysis `reconstruction`."""

from pydantic import Field, NonNegativeInt

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Particle, Resamples


class ReconstructionConfig(Section):
    """Reconstruction error and distance to the training cloud, per species and as anomaly scores."""

    reference: Particle = Field("proton", description="Particle that counts as normal in the anomaly scores.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")

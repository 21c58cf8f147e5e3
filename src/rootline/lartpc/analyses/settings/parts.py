"""Options of the analysis `parts`."""

from pydantic import Field, NonNegativeInt

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Particle, Resamples


class PartsConfig(Section):
    """Two-sample tests of the train part against the others: does the model know its own tracks by heart."""

    permutations: Resamples = Field(500, description="Permutations of the labels behind each p-value and null.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the ratio of errors.")
    folds: int = Field(5, ge=2, description="Folds of the classifier test.")
    max_tracks: int = Field(
        1500, ge=100, description="A part with more tracks is thinned to this; cost grows with its square."
    )
    min_tracks: int = Field(10, ge=5, description="A part with fewer tracks than this is not compared.")
    particle: Particle = Field("proton", description="Particle whose share the positive control shifts.")
    shift: float = Field(0.07, gt=0, le=0.5, description="By how much the positive control shifts that share.")
    power_draws: int = Field(100, ge=20, description="Mixtures drawn per shift to find what shift can be seen.")
    seed: NonNegativeInt = Field(42, description="Seed of thinning, folds, permutations, controls and bootstrap.")

"""Which events hold reference tracks, and who chooses the track."""

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.core.file_paths import FilePath
from rootline.lartpc.analyses.settings.types import Particle, check_different


class ReferenceConfig(Section):
    """Reference samples: one track per event, chosen by hand or by a random forest on the features."""

    events: FilePath | None = Field(
        None,
        description="List of events (run, subrun, event; CSV or TSV) that the reference samples are restricted to; null "
        "for all of a sample, or for the list that comes with simulated input.",
    )
    choice: FilePath | None = Field(
        None,
        description="Tracks chosen by hand (run, subrun, event, track and, if you like, sample; CSV or TSV), as the "
        "explorer exports them; null lets the forest choose.",
    )
    positive: Particle = Field("kaon", description="Particle whose likeness the forest gives.")
    negative: Particle = Field("proton", description="Particle that the forest tells it from.")
    trees: PositiveInt = Field(200, description="Trees of the forest.")
    max_depth: PositiveInt | None = Field(None, description="Largest depth of a tree; null for no bound.")
    min_leaf: PositiveInt = Field(3, description="Tracks that a leaf of a tree holds at least.")
    folds: int = Field(5, ge=2, description="Folds of the cross-validation that gives the forest's AUC.")
    bootstrap: int = Field(500, ge=100, description="Bootstrap resamples of tracks behind its interval.")
    seed: NonNegativeInt = Field(42, description="Seed of forest, folds and bootstrap.")

    @model_validator(mode="after")
    def _particles_differ(self) -> "ReferenceConfig":
        check_different(self.positive, self.negative, names="positive and negative")
        return self

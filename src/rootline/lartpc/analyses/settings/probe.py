"""Options of the analysis `probe`."""

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Flag, Particle, Resamples, check_different, check_folds


class ProbeConfig(Section):
    """Simple classifiers that tell two species apart by the latents."""

    negative: Particle = Field("proton", description="Particle with label 0.")
    positive: Particle = Field("kaon", description="Particle with label 1; picky selections restrict it.")
    picky: tuple[Flag, ...] = Field(
        ("p",), min_length=1, description="Flags of the beamline that must all be 1 for an event to be picky."
    )
    folds: int = Field(5, ge=2, description="Folds of the stratified cross-validation.")
    seed: NonNegativeInt = Field(42, description="Seed of folds, MLP and bootstrap.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals of AUC.")
    pairs_up_to: NonNegativeInt = Field(8, description="Probe all pairs of latents up to this latent dimension.")
    mlp_hidden: tuple[PositiveInt, ...] = Field((32, 16), min_length=1, description="Units of the MLP's hidden layers.")
    mlp_epochs: PositiveInt = Field(200, description="Largest number of passes of the MLP over its training folds.")
    min_tracks: int = Field(20, ge=2, description="Fewer tracks of either species than this give no probe.")

    @model_validator(mode="after")
    def _fits(self) -> "ProbeConfig":
        check_different(self.negative, self.positive, names="negative and positive")
        check_folds(self.min_tracks, self.folds, kind=" of each species")
        return self

"""Options of the analysis `separation`."""

from pydantic import Field, NonNegativeInt, PositiveFloat, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples, check_folds


class SeparationConfig(Section):
    """Whether the latents tell a feature's upper half from its lower."""

    folds: int = Field(5, ge=2, description="Folds of the stratified cross-validation.")
    seed: NonNegativeInt = Field(42, description="Seed of folds, permutations and bootstrap.")
    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals of AUC.")
    permutations: int = Field(100, ge=40, description="Label permutations behind the band of AUC without separation.")
    penalty: PositiveFloat = Field(
        1.0, description="Weight of half the squared coefficients of standardised latents (1 / C of scikit-learn)."
    )
    min_tracks: int = Field(10, ge=4, description="Fewer tracks in either half than this give no AUC.")

    @model_validator(mode="after")
    def _fits(self) -> "SeparationConfig":
        check_folds(self.min_tracks, self.folds, kind=" of each half")
        return self

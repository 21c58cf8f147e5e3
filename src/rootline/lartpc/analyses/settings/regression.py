"""Options of the analysis `regression`."""

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Resamples, check_folds


class RegressionConfig(Section):
    """What the latents say about each feature: ridge regression, MLP, and mutual information."""

    folds: int = Field(5, ge=2, description="Folds of the cross-validation.")
    seed: NonNegativeInt = Field(42, description="Seed of folds, MLP, permutations and bootstrap.")
    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals.")
    min_tracks: int = Field(20, ge=10, description="A feature that is defined for fewer tracks gives no number.")
    ridge_alpha: PositiveFloat = Field(1.0, description="Penalty on the squared coefficients of standardised latents.")
    mlp_hidden: tuple[PositiveInt, ...] = Field((16, 16), min_length=1, description="Units of the MLP's hidden layers.")
    mlp_epochs: PositiveInt = Field(200, description="Largest number of passes of the MLP over its training folds.")
    mlp_batch_size: PositiveInt = Field(64, description="Tracks per step of the MLP's training.")
    mlp_learning_rate: PositiveFloat = Field(1e-3, description="Step size of Adam in the MLP's training.")
    mlp_validation: float = Field(
        0.2, gt=0, lt=1, description="Share of the training folds that chooses the MLP's epoch and trains nothing."
    )
    mlp_patience: PositiveInt = Field(20, description="Stop after as many epochs without a better MLP of any feature.")
    importance_repeats: PositiveInt = Field(5, description="Permutations of a latent behind its importance.")
    neighbours: PositiveInt = Field(3, description="Nearest neighbours in the estimate of mutual information.")
    permutations: int = Field(
        300, ge=20, description="Shuffled pairs behind the 95 % quantile of mutual information without dependence."
    )
    information_tracks: int = Field(
        4000, ge=100, description="Mutual information of more tracks than this is taken from a random choice of them."
    )

    @model_validator(mode="after")
    def _fits(self) -> "RegressionConfig":
        check_folds(self.min_tracks, self.folds)
        return self

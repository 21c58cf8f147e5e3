"""Options of the analysis `closure`."""

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.core.edges import Edges
from rootline.lartpc.analyses.settings.types import Name, Resamples, check_different, check_folds


class ClosureConfig(Section):
    """Latents and chi2 against the simulated truth; asked only where the input is simulated."""

    negative: Name = Field("proton", description="True species with label 0.")
    positive: Name = Field("kaon", description="True species with label 1.")
    momentum_edges: Edges[PositiveFloat] = Field(
        (300, 400, 500, 600, 700, 800, 1000, 1600),
        description="Edges of the bins of true momentum at the front face [MeV/c].",
    )
    folds: int = Field(5, ge=2, description="Folds of the cross-validation.")
    mlp_hidden: tuple[PositiveInt, ...] = Field(
        (32, 16), min_length=1, description="Units of the hidden layers of the MLP that tells endings apart."
    )
    mlp_epochs: PositiveInt = Field(200, description="Largest number of passes of an MLP over its training folds.")
    min_tracks: int = Field(10, ge=2, description="Fewer tracks of either class than this give no AUC.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals.")
    seed: NonNegativeInt = Field(42, description="Seed of folds, MLPs and bootstrap.")

    @model_validator(mode="after")
    def _fits(self) -> "ClosureConfig":
        check_different(self.negative, self.positive, names="negative and positive")
        check_folds(self.min_tracks, self.folds, kind=" of each class")
        return self

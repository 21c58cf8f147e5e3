"""Options of the analyses, one section per script."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, StringConstraints, model_validator

from rootline.core.config import Section

Name = Annotated[str, StringConstraints(min_length=1)]
Resamples = Annotated[int, Field(ge=100)]


class CorrelationConfig(Section):
    """Rank correlation of latents with features, and what share of a latent a feature explains."""

    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals of R2.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")


class TraversalConfig(Section):
    """Decode the model while one latent moves and the others stay at the anchor."""

    steps: int = Field(9, ge=3, description="Images per latent, the anchor included when odd.")
    sigmas: PositiveFloat = Field(2.0, description="Reach to each side of the anchor [standard deviations of mu].")
    bootstrap: Resamples = Field(500, description="Bootstrap resamples of tracks behind the intervals of the anchor.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")


class ProbeConfig(Section):
    """Simple classifiers that tell two species apart by the latents."""

    negative: Name = Field("proton", description="Particle with label 0.")
    positive: Name = Field("kaon", description="Particle with label 1; picky selections restrict it to p == 1.")
    folds: int = Field(5, ge=2, description="Folds of the stratified cross-validation.")
    seed: NonNegativeInt = Field(42, description="Seed of folds, MLP and bootstrap.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals of AUC.")
    pairs_up_to: NonNegativeInt = Field(8, description="Probe all pairs of latents up to this latent dimension.")
    mlp_hidden: tuple[PositiveInt, ...] = Field((32, 16), min_length=1, description="Units of the MLP's hidden layers.")
    mlp_epochs: PositiveInt = Field(200, description="Largest number of passes of the MLP over its training folds.")
    min_tracks: int = Field(20, ge=2, description="Fewer tracks of either species than this give no probe.")

    @model_validator(mode="after")
    def _fits(self) -> "ProbeConfig":
        if self.negative == self.positive:
            raise ValueError(f"negative and positive are both {self.positive!r}; name two different particles")
        if self.min_tracks < 2 * self.folds:
            raise ValueError(
                f"min_tracks={self.min_tracks} must be at least twice folds={self.folds}, "
                "so that every fold can hold two tracks of each species"
            )
        return self


class EmbeddingConfig(Section):
    """UMAP of all latents in two dimensions (arXiv:1802.03426)."""

    neighbours: int = Field(30, ge=2, description="Nearest neighbours that UMAP keeps together.")
    min_dist: float = Field(0.1, ge=0, le=1, description="Smallest distance of points in the embedding.")
    epochs: PositiveInt | None = Field(None, description="Passes of the layout; null lets UMAP choose by size.")
    seed: NonNegativeInt = Field(42, description="Seed of the start and of the layout.")


class ReconstructionConfig(Section):
    """Reconstruction error and distance to the training cloud, per species and as anomaly scores."""

    reference: Name = Field("proton", description="Particle that counts as normal in the anomaly scores.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")


class AnalysesConfig(Section):
    """What is asked of the latents of each run."""

    correlation: CorrelationConfig = Field(default_factory=CorrelationConfig, description="Latents against features.")
    traversal: TraversalConfig = Field(default_factory=TraversalConfig, description="Images decoded along each latent.")
    probe: ProbeConfig = Field(default_factory=ProbeConfig, description="Telling species apart by the latents.")
    embedding: EmbeddingConfig = Field(default_factory=EmbeddingConfig, description="UMAP of the latents.")
    reconstruction: ReconstructionConfig = Field(
        default_factory=ReconstructionConfig, description="Reconstruction error and anomaly scores."
    )

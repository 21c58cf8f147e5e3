"""Options of the analysis `clustering`."""

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Particle, Resamples, check_different


class ClusteringConfig(Section):
    """Groups that the latents fall into, and whether these are the species."""

    negative: Particle = Field("proton", description="Particle that the pair selection tells from `positive`.")
    positive: Particle = Field("kaon", description="Particle of the free component of the anchored mixture.")
    anchors: tuple[Particle, ...] = Field(
        ("proton", "muon"),
        description="Particles whose components of the anchored mixture are fixed on their train part.",
    )
    components: int = Field(3, ge=2, description="Groups that are looked for among all tracks; two for the pair.")
    starts: PositiveInt = Field(20, description="Starts of each mixture and of k-means, of which the best is kept.")
    scan_to: int = Field(8, ge=2, description="Largest number of components of the scan.")
    folds: int = Field(5, ge=2, description="Folds of the Gaussians fitted per species.")
    bootstrap: Resamples = Field(1000, description="Bootstrap resamples of tracks behind the intervals of agreement.")
    permutations: Resamples = Field(1000, description="Permutations of the species behind the null of agreement.")
    refits: Resamples = Field(100, description="Bootstrap resamples for which the anchored mixture is fitted again.")
    seed: NonNegativeInt = Field(42, description="Seed of starts, folds, bootstrap and permutations.")

    @model_validator(mode="after")
    def _fits(self) -> "ClusteringConfig":
        check_different(self.negative, self.positive, names="negative and positive")
        if self.positive in self.anchors:
            raise ValueError(f"anchors names {self.positive!r}, whose component is the free one; leave it out")
        return self

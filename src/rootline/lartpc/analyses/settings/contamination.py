"""Options of the analysis `contamination`."""

from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Particle, Resamples, check_different, check_folds

Share = Annotated[float, Field(gt=0, lt=1)]


class ContaminationConfig(Section):
    """Proton share of the kaon-tagged tracks by a template fit of an out-of-fold score, with injection recovery."""

    proton: Particle = Field(
        "proton", description="Particle of the known contaminant; its unseen tracks are the template."
    )
    kaon: Particle = Field("kaon", description="Particle whose tagged tracks are asked for their protons.")
    folds: int = Field(5, ge=2, description="Folds of the stratified cross-validation behind the score.")
    bins: int = Field(
        4,
        ge=2,
        description="Bins of the score in the fits with a kaon template; with few protons, more bins bend the answer.",
    )
    tail: Share = Field(
        0.3, description="Share of the protons, the most proton-like, above the cut of the fit without a kaon template."
    )
    injected: tuple[Share, ...] = Field(
        (0.05, 0.1, 0.2, 0.3), min_length=2, description="Known protons added, per kaon-tagged track."
    )
    splits: PositiveInt = Field(
        8, description="Ways to halve the protons in template and injected ones, each used both ways round; averaged."
    )
    bootstrap: Resamples = Field(400, description="Bootstrap resamples of all tracks behind the intervals.")
    permutations: Resamples = Field(
        1000, description="Permutations behind the null of the correlation of score and mass."
    )
    mass_bins: int = Field(5, ge=2, description="Bins, equally filled, of the mass in which the mean score is given.")
    min_tracks: int = Field(20, ge=10, description="Fewer protons or kaon-tagged tracks than this give no fit.")
    seed: NonNegativeInt = Field(42, description="Seed of folds, splits, bootstrap and permutations.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_different(self.proton, self.kaon, names="proton and kaon")
        check_folds(self.min_tracks, self.folds, kind=" of each kind")
        if len(set(self.injected)) < 2:
            raise ValueError("injected needs two different shares for a line")
        return self

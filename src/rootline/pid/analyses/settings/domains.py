"""Options of the analysis `domains`."""

from pydantic import Field, NonNegativeInt, PositiveInt

from rootline.core.config import Section


class DomainsConfig(Section):
    """How well networks with and without an adversary select in domains of growing distance, and how well these can be told."""

    tracks: PositiveInt = Field(
        1500, description="Tracks of the test part of each domain by which a forest tells the domains apart, at most."
    )
    trees: PositiveInt = Field(100, description="Trees of that forest.")
    max_depth: PositiveInt = Field(8, description="Largest depth of its trees.")
    folds: int = Field(3, ge=2, description="Folds: a track is judged by a forest that was fitted to the others.")
    seed: NonNegativeInt = Field(42, description="Seed of the choice of tracks, of the folds and of the forest.")

"""Options of the analysis `importance`."""

from pydantic import Field, NonNegativeInt, PositiveInt

from rootline.core.config import Section


class ImportanceConfig(Section):
    """What two forests look at: one that is given n-sigma, and one that is given the raw signals."""

    trees: PositiveInt = Field(60, description="Trees of each forest.")
    max_depth: PositiveInt = Field(12, description="Their largest depth.")
    train_tracks: PositiveInt = Field(100_000, description="Tracks of the train part that they learn from, at most.")
    test_tracks: PositiveInt = Field(20_000, description="Tracks of the test part that they are judged on, at most.")
    repeats: PositiveInt = Field(5, description="Permutations of each group of inputs.")
    seed: NonNegativeInt = Field(0, description="Seed of forests and permutations.")

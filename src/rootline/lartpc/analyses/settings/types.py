"""Kinds of values, and checks of them, that the options of several analyses share."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

OF_A_SAMPLE: Final = "particle of a sample"
"""Marks what `study.plan_study` looks for among the particles of the samples."""

Name = Annotated[str, StringConstraints(min_length=1)]
Particle = Annotated[Name, OF_A_SAMPLE]
Resamples = Annotated[int, Field(ge=100)]
Flag = Literal["p", "m"]
"""Quality flags of the beamline file."""


def check_different(first: str, second: str, *, names: str) -> None:
    """Refuse two options, called `names` together, that name the same particle."""
    if first == second:
        raise ValueError(f"{names} are both {first!r}; name two different particles")


def check_folds(min_tracks: int, folds: int, *, kind: str = "") -> None:
    """Refuse so few tracks that a fold could not hold two; `kind` ends the sentence: two tracks of what."""
    if min_tracks < 2 * folds:
        raise ValueError(
            f"min_tracks={min_tracks} must be at least twice folds={folds}, so that every fold can hold two tracks{kind}"
        )

"""Kinds of values that the options of several analyses share."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

Name = Annotated[str, StringConstraints(min_length=1)]
Resamples = Annotated[int, Field(ge=100)]
Flag = Literal["p", "m"]
"""Quality flags of the beamline file."""

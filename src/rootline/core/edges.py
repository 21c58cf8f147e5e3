"""Edges of bins and ends of ranges, as a config holds them."""

from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

N = TypeVar("N", bound=float)
E = TypeVar("E", bound=tuple[float, ...])


def check_rising(edges: E) -> E:
    """Refuse edges that do not rise, each above the one before."""
    if any(high <= low for low, high in pairwise(edges)):
        raise ValueError(
            f"[{', '.join(f'{edge:g}' for edge in edges)}] do not rise; write each number once, the lowest first"
        )
    return edges


Edges = Annotated[tuple[N, ...], Field(min_length=2), AfterValidator(check_rising)]
"""Edges of bins, the lowest first."""

Rising = AfterValidator(check_rising)
"""For both ends of a range, the lower one first."""

"""The scan of the distance between the domains: what one training of it is."""

from typing import Final, NamedTuple

SOURCE: Final = "source"
"""A network that has seen the first domain alone."""

ADVERSARY: Final = "adversary"
"""The same, trained with the tracks of the second domain, without their species."""


class ScanPoint(NamedTuple):
    """One training: its run, `SOURCE` or `ADVERSARY`, and the sample of the second domain with its distance."""

    run: str
    variant: str
    shift: float
    seed: int
    sample: str

"""Options of the analysis `throughput`, and which models it times."""

from collections.abc import Sequence

from pydantic import Field, PositiveFloat, PositiveInt

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.names import suggest_name


class ThroughputConfig(Section):
    """Tracks per second that models score: one by one, event by event and all at once."""

    models: tuple[str, ...] | None = Field(
        None,
        description="Those of `pid.models` that are timed; null: the first of trees and the first network, []: none.",
    )
    tracks: PositiveInt = Field(10_000, description="Tracks that are scored, and the size of the one batch, at most.")
    event_tracks: PositiveInt = Field(30, description="Tracks of an event.")
    seconds: PositiveFloat = Field(0.5, description="Time that is spent on one number, about [s].")
    repeats: PositiveInt = Field(5, description="Measurements of one number, of which the median counts.")


def timed_models(options: ThroughputConfig, *, trees: Sequence[str], networks: Sequence[str]) -> tuple[str, ...]:
    """Name the models that are timed, each once.

    Parameters
    ----------
    options : ThroughputConfig
        Which of them are wanted.
    trees, networks : sequences of str
        The models that are compared.

    Raises
    ------
    UserError
        If one that is wanted is none of them; names the near miss.
    """
    if options.models is None:
        return (*trees[:1], *networks[:1])
    known = [*trees, *networks]
    for name in options.models:
        if name not in known:
            raise UserError(
                f"pid.analyses.throughput.models: {name!r} is none of pid.models; {suggest_name(name, known)}"
            )
    return tuple(dict.fromkeys(options.models))

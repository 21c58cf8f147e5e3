"""Options of the analysis `throughput`."""

from pydantic import Field, PositiveFloat, PositiveInt

from rootline.core.config import Section


class ThroughputConfig(Section):
    """Tracks per second that models score: one by one, event by event and all at once."""

    models: tuple[str, ...] = Field(
        ("forest", "mlp"), min_length=1, description="Models that are timed: those of them that `pid.models` has."
    )
    tracks: PositiveInt = Field(10_000, description="Tracks that are scored, and the size of the one batch, at most.")
    event_tracks: PositiveInt = Field(30, description="Tracks of an event.")
    seconds: PositiveFloat = Field(0.5, description="Time that is spent on one number, about [s].")
    repeats: PositiveInt = Field(5, description="Measurements of one number, of which the median counts.")

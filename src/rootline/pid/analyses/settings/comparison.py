"""Options of the analysis `comparison`."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from rootline.core.config import Section
from rootline.core.edges import Edges, Rising
from rootline.pid.selection import PT_EDGES_GEV

Selected = Literal["pion", "kaon", "proton"]


class ComparisonConfig(Section):
    """All models and the n-sigma rule beside each other, on tracks that no model has learnt from."""

    pt_edges: Edges[NonNegativeFloat] = Field(
        PT_EDGES_GEV, description="Edges of the bins in transverse momentum [GeV/c]."
    )
    crossing: dict[Selected, Annotated[tuple[NonNegativeFloat, PositiveFloat], Rising]] = Field(
        {"kaon": (0.4, 0.8), "proton": (0.8, 1.5)},
        description="Transverse momenta at which the energy loss of a species crosses that of another [GeV/c]; "
        "a bin belongs to them if its middle does.",
    )
    min_tracks: PositiveInt = Field(
        20,
        description="A bin is judged with at least so many tracks of the species in the test part, and accepted by "
        "n-sigma in the test and in the val part.",
    )
    curve_points: int = Field(200, ge=10, description="Cuts at which a curve is kept at most, its ends included.")
    bootstrap: Annotated[int, Field(ge=100)] = Field(1000, description="Bootstrap resamples behind the interval of F1.")
    seed: NonNegativeInt = Field(42, description="Seed of the bootstrap.")

"""Options of the analysis `masses`."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from rootline.core.config import Section
from rootline.core.edges import Edges, Rising


class MassesConfig(Section):
    """How pure the accepted tracks are by their squared mass, which needs no truth."""

    pt_edges: Edges[NonNegativeFloat] = Field(
        (0.5, 0.7, 0.9, 1.1, 1.4, 1.8),
        description="Edges of the bins in transverse momentum, where the TOF tells the species apart [GeV/c].",
    )
    time_ps: PositiveFloat = Field(90.0, description="Resolution of a time of flight, start time included [ps].")
    momentum: PositiveFloat = Field(0.01, description="Relative resolution of a momentum.")
    threshold: PositiveFloat = Field(
        3.0,
        description="A track whose squared mass is farther than this from its own species, and nearer to another one, "
        "contaminates [standard deviations].",
    )
    bins: PositiveInt = Field(120, description="Bins of the histograms of squared mass.")
    range_gev2: Annotated[tuple[float, float], Rising] = Field((-0.3, 1.5), description="Their range [GeV^2/c^4].")

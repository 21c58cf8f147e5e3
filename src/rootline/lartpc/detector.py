"""The detector's numbers: planes, wires, ticks and drift, which differ from one detector to the next."""

from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt

from rootline.core.config import Section

PLANES: Final = ("collection", "induction")
"""Wire planes in the order of the image channels: 0 collection, 1 induction."""


class DetectorConfig(Section):
    """Geometry and readout of the liquid-argon TPC; defaults are LArIAT's (arXiv:1911.10379)."""

    wires: PositiveInt = Field(240, description="Wires of each plane.")
    pitch_cm: PositiveFloat = Field(0.4, description="Distance between neighbouring wires [cm].")
    wire_angle_deg: float = Field(
        60.0, ge=0, le=90, description="Wires lie at plus and minus this angle to the horizontal [degrees]."
    )
    ticks: PositiveInt = Field(3072, description="Digitiser samples of one channel and event.")
    tick_us: PositiveFloat = Field(0.128, description="Length of one tick [us].")
    field_kv_cm: PositiveFloat = Field(0.49, description="Drift field [kV/cm].")
    drift_velocity_cm_us: PositiveFloat = Field(0.155, description="Drift velocity of the electrons [cm/us].")
    drift_cm: PositiveFloat = Field(47.0, description="Length of the box along the drift, x [cm].")
    height_cm: PositiveFloat = Field(40.0, description="Height of the box, y [cm].")
    length_cm: PositiveFloat = Field(90.0, description="Length of the box along the beam, z [cm].")

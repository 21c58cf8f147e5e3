"""What is simulated: how many collisions, and the two detectors that see them."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from rootline.core.config import Section


class DetectorConfig(Section):
    """A barrel with a TPC, a TRD and a TOF in a solenoid, and how well they measure."""

    field_t: PositiveFloat = Field(0.5, description="Magnetic field along the beam [T].")
    eta_max: PositiveFloat = Field(0.8, description="Largest pseudorapidity of a track, of either sign.")
    pt_min: PositiveFloat = Field(0.15, description="Lowest transverse momentum of a track [GeV/c].")
    tpc_inner_cm: PositiveFloat = Field(85.0, description="Radius at which the TPC begins [cm].")
    tof_radius_cm: PositiveFloat = Field(370.0, description="Radius of the TOF [cm].")
    momentum_resolution: float = Field(
        0.01, ge=0, description="Relative resolution of the transverse momentum at 1 GeV/c."
    )
    tpc_gain: PositiveFloat = Field(1.0, description="Factor of every TPC signal.")
    tpc_resolution: PositiveFloat = Field(0.055, description="Relative resolution of the TPC signal of a full track.")
    tpc_tail: float = Field(
        0.005,
        ge=0,
        le=1,
        description="Share of tracks whose TPC signal is too high: another track is in their clusters.",
    )
    tof_ps: PositiveFloat = Field(80.0, description="Resolution of the arrival time [ps].")
    start_ps: PositiveFloat = Field(40.0, description="Resolution of the time of the collision [ps].")
    tof_shift_ps: float = Field(0.0, description="Added to every arrival time [ps].")
    tof_efficiency: float = Field(
        0.75, ge=0, le=1, description="Share of tracks at the TOF that are matched with a hit."
    )
    tof_mismatch: float = Field(0.02, ge=0, le=1, description="Share of matched tracks whose hit is another one's.")
    trd_efficiency: float = Field(
        0.6, ge=0, le=1, description="Share of tracks above 0.5 GeV/c with a signal in the TRD."
    )
    secondaries_cm: PositiveFloat = Field(
        1.0, description="A particle that begins farther than this from the collision is no physical primary [cm]."
    )


class DataDetectorConfig(DetectorConfig):
    """The same detector as it is in the second domain, which stands for data: nothing there is quite as in the first."""

    tpc_gain: PositiveFloat = Field(1.03, description="Factor of every TPC signal.")
    tpc_resolution: PositiveFloat = Field(0.06325, description="Relative resolution of the TPC signal of a full track.")
    tof_shift_ps: float = Field(25.0, description="Added to every arrival time [ps].")


class DomainConfig(Section):
    """One set of collisions."""

    n_events: NonNegativeInt = Field(40_000, description="Number of inelastic collisions, of about eight tracks each.")
    tune: PositiveInt = Field(14, description="Tune of Pythia, `Tune:pp`; 14 is Monash 2013.")
    detector: DetectorConfig = Field(default_factory=DetectorConfig, description="The detector that sees them.")


class DataDomainConfig(DomainConfig):
    """The collisions that stand for data."""

    n_events: NonNegativeInt = Field(20_000, description="Number of inelastic collisions, of about eight tracks each.")
    tune: PositiveInt = Field(5, description="Tune of Pythia, `Tune:pp`; 5 is 4C.")
    detector: DataDetectorConfig = Field(default_factory=DataDetectorConfig, description="The detector that sees them.")


class SimulationConfig(Section):
    """The simulated default input of the study."""

    energy_gev: Literal[7000, 13000] = Field(7000, description="Energy of the collisions [GeV].")
    seed: NonNegativeInt = Field(0, description="Another seed gives other collisions and another detector noise.")
    frames: PositiveInt = Field(4, description="Data frames, folders `DF_<number>`, of a file.")
    mc: DomainConfig = Field(default_factory=DomainConfig, description="The sample that models learn from.")
    data: DataDomainConfig = Field(default_factory=DataDomainConfig, description="The sample that stands for data.")

"""What is simulated: samples, beam, physics switches, readout and side files."""

from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.lartpc.inputs import Role

Layout = Literal["channel-mapped", "flat"]
BeamSpecies = Literal["proton", "kaon", "muon", "pion"]


class SampleConfig(Section):
    """One simulated sample: its particle, its momenta and the layout of its file."""

    role: Role = Field("train", description="What the sample is for: train, held_out, mip or reference.")
    n_events: NonNegativeInt = Field(400, description="Number of events.")
    species: BeamSpecies = Field("proton", description="Beam particle.")
    momentum_min: PositiveFloat = Field(600.0, description="Lowest momentum at the front face [MeV/c].")
    momentum_max: PositiveFloat = Field(1600.0, description="Highest momentum at the front face [MeV/c].")
    momentum_scale: PositiveFloat | None = Field(
        None, description="Scale of an exponential fall of the momentum spectrum [MeV/c]; null for a flat spectrum."
    )
    proton_contamination: float = Field(
        0.0, ge=0, le=1, description="Share of events with a proton in the beam instead."
    )
    pion_contamination: float = Field(0.0, ge=0, le=1, description="Share of events with a pion in the beam instead.")
    layout: Layout = Field("flat", description="Layout of the ROOT branches.")
    tree: str = Field(
        "ana/raw", pattern=r"^([A-Za-z_]\w*/)?[A-Za-z_]\w*$", description="Tree in the ROOT file, folder/name."
    )
    first_run: NonNegativeInt = Field(6000, description="Number of the first run.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.momentum_min > self.momentum_max:
            raise ValueError(f"momentum_min={self.momentum_min:g} is above momentum_max={self.momentum_max:g}")
        if self.proton_contamination + self.pion_contamination > 1:
            raise ValueError("proton_contamination and pion_contamination sum to more than 1")
        return self


class ProtonsConfig(SampleConfig):
    """The sample `protons`."""

    n_events: NonNegativeInt = Field(480, description="Number of events.")
    momentum_scale: PositiveFloat | None = Field(
        350.0, description="Scale of an exponential fall of the momentum spectrum [MeV/c]; null for a flat spectrum."
    )
    layout: Layout = Field("channel-mapped", description="Layout of the ROOT branches.")


class KaonsConfig(SampleConfig):
    """The sample `kaons`, positive kaons with a little contamination."""

    role: Role = Field("held_out", description="What the sample is for: train, held_out, mip or reference.")
    n_events: NonNegativeInt = Field(380, description="Number of events.")
    species: BeamSpecies = Field("kaon", description="Beam particle.")
    momentum_min: PositiveFloat = Field(350.0, description="Lowest momentum at the front face [MeV/c].")
    momentum_max: PositiveFloat = Field(650.0, description="Highest momentum at the front face [MeV/c].")
    proton_contamination: float = Field(
        0.02, ge=0, le=1, description="Share of events with a proton in the beam instead."
    )
    pion_contamination: float = Field(0.01, ge=0, le=1, description="Share of events with a pion in the beam instead.")
    first_run: NonNegativeInt = Field(7000, description="Number of the first run.")


class MipsConfig(SampleConfig):
    """The sample `mips`, muons that leave at the back."""

    role: Role = Field("mip", description="What the sample is for: train, held_out, mip or reference.")
    n_events: NonNegativeInt = Field(120, description="Number of events.")
    species: BeamSpecies = Field("muon", description="Beam particle.")
    momentum_min: PositiveFloat = Field(500.0, description="Lowest momentum at the front face [MeV/c].")
    momentum_max: PositiveFloat = Field(1500.0, description="Highest momentum at the front face [MeV/c].")
    tree: str = Field(
        "anatree/raw", pattern=r"^([A-Za-z_]\w*/)?[A-Za-z_]\w*$", description="Tree in the ROOT file, folder/name."
    )
    first_run: NonNegativeInt = Field(8000, description="Number of the first run.")


class ReferencesConfig(SampleConfig):
    """The sample `references`, positive kaons out of which a simulated event list picks those that come to rest."""

    role: Role = Field("reference", description="What the sample is for: train, held_out, mip or reference.")
    n_events: NonNegativeInt = Field(40, description="Number of events.")
    species: BeamSpecies = Field("kaon", description="Beam particle.")
    momentum_min: PositiveFloat = Field(350.0, description="Lowest momentum at the front face [MeV/c].")
    momentum_max: PositiveFloat = Field(650.0, description="Highest momentum at the front face [MeV/c].")
    first_run: NonNegativeInt = Field(9000, description="Number of the first run.")


class BeamConfig(Section):
    """The beam at the front face, and what else crosses the chamber."""

    x_cm: float = Field(23.5, description="Middle of the beam spot along the drift [cm].")
    y_cm: float = Field(0.0, description="Middle of the beam spot, vertical [cm].")
    spot_x_cm: NonNegativeFloat = Field(4.0, description="Width (sigma) of the beam spot along the drift [cm].")
    spot_y_cm: NonNegativeFloat = Field(2.5, description="Width (sigma) of the beam spot, vertical [cm].")
    angle_x_mrad: float = Field(-20.0, description="Mean angle to z in the drift plane [mrad].")
    angle_y_mrad: float = Field(0.0, description="Mean angle to z in the vertical plane [mrad].")
    spread_mrad: NonNegativeFloat = Field(30.0, description="Spread (sigma) of both angles [mrad].")
    halo_mean: NonNegativeFloat = Field(1.0, description="Mean number of halo particles in one readout.")
    cosmic_mean: NonNegativeFloat = Field(
        0.7, description="Mean number of cosmic muons in one readout; the flux alone gives about 0.03."
    )
    blip_mean: NonNegativeFloat = Field(
        8.0, description="Mean number of low-energy electrons from photons and neutrons."
    )


class PhysicsConfig(Section):
    """Transport of particles; lengths are those between inelastic interactions."""

    step_cm: float = Field(0.3, ge=0.02, le=1.0, description="Longest step [cm].")
    proton_interaction_cm: PositiveFloat = Field(
        100.0, description="Interaction length of protons [cm]; 0.47 b on argon."
    )
    kaon_interaction_cm: PositiveFloat = Field(
        136.0, description="Interaction length of positive kaons [cm]; 0.35 b on argon."
    )
    pion_interaction_cm: PositiveFloat = Field(90.0, description="Interaction length of pions [cm]; 0.53 b on argon.")
    delta_ray_mev: float = Field(
        2.0, ge=0.1, description="Electrons knocked out above this energy get their own track [MeV]."
    )


class ReadoutConfig(Section):
    """From ionisation to ADC counts."""

    trigger_tick: float = Field(140.0, description="Tick at which beam charge at the induction plane arrives.")
    plane_gap_cm: NonNegativeFloat = Field(0.4, description="Distance from the induction to the collection plane [cm].")
    lifetime_us: PositiveFloat = Field(900.0, description="Lifetime of drifting electrons [us].")
    diffusion_long_cm2_s: NonNegativeFloat = Field(6.6, description="Longitudinal diffusion [cm2/s].")
    diffusion_trans_cm2_s: NonNegativeFloat = Field(13.0, description="Transverse diffusion [cm2/s].")
    shaping_ticks: PositiveFloat = Field(11.0, description="Peaking time of the amplifier [ticks].")
    gain_collection: PositiveFloat = Field(
        4.4, description="Peak of 1000 electrons that arrive at once, collection [ADC]."
    )
    gain_induction: PositiveFloat = Field(
        2.5, description="Peak of 1000 electrons that arrive at once, induction [ADC]."
    )
    noise_adc: NonNegativeFloat = Field(0.7, description="Noise of each channel, root mean square [ADC].")
    adc_max: int = Field(2047, gt=0, le=32767, description="Largest ADC count above the pedestal.")
    silent_adc: NonNegativeInt = Field(
        6,
        description="A channel whose samples all stay below this is silent and absent from channel-mapped files [ADC].",
    )


class SideFilesConfig(Section):
    """The beamline and reconstruction side files."""

    tof_ns: NonNegativeFloat = Field(0.35, description="Resolution of the time of flight [ns].")
    momentum_resolution: float = Field(
        0.02, ge=0, lt=1, description="Relative resolution of the spectrometer's momentum."
    )
    flight_cm: PositiveFloat = Field(650.0, description="Length of the time-of-flight path [cm].")
    picky_share: float = Field(0.8, ge=0, le=1, description="Share of events with one clean beamline track (p = 1).")
    beamline_missing: float = Field(0.03, ge=0, le=1, description="Share of events without a beamline row.")
    reco_missing: float = Field(0.04, ge=0, le=1, description="Share of events without a reconstructed track.")
    dedx_resolution: float = Field(0.06, ge=0, lt=1, description="Relative resolution of a hit's dE/dx.")
    range_resolution_cm: NonNegativeFloat = Field(0.15, description="Resolution of the end of a track [cm].")
    wild_hits: float = Field(
        0.002, ge=0, le=1, description="Share of hits with a misreconstructed dE/dx above 100 MeV/cm."
    )


class SimulationConfig(Section):
    """The simulated default input."""

    seed: NonNegativeInt = Field(20260, description="Seed of everything random in the simulation.")
    events_per_basket: PositiveInt = Field(4, le=64, description="Events written at once: one basket of each branch.")
    protons: ProtonsConfig = Field(default_factory=ProtonsConfig, description="The protons.")
    kaons: KaonsConfig = Field(default_factory=KaonsConfig, description="The positive kaons.")
    mips: MipsConfig = Field(default_factory=MipsConfig, description="The through-going muons.")
    references: ReferencesConfig = Field(
        default_factory=ReferencesConfig, description="Kaons of whose events a list is made."
    )
    beam: BeamConfig = Field(default_factory=BeamConfig, description="Beam spot, and what else crosses the chamber.")
    physics: PhysicsConfig = Field(default_factory=PhysicsConfig, description="Transport of particles.")
    readout: ReadoutConfig = Field(default_factory=ReadoutConfig, description="From ionisation to ADC counts.")
    side_files: SideFilesConfig = Field(default_factory=SideFilesConfig, description="Beamline and reconstruction.")

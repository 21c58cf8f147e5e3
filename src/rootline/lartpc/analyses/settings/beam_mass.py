"""Options of the analysis `beam_mass`."""

from typing import Self

from pydantic import Field, NonNegativeInt, PositiveFloat, model_validator

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.types import Particle

Range = tuple[PositiveFloat, PositiveFloat]


class BeamMassConfig(Section):
    """Fit of the beamline mass: a Gaussian kaon peak between two exponential tails."""

    particle: Particle = Field("kaon", description="Particle whose tagged tracks are fitted.")
    fit_range: Range = Field((200.0, 800.0), description="Masses that are fitted, lower end included [MeV/c2].")
    bin_width: PositiveFloat = Field(10.0, description="Width of a bin, the last one may be narrower [MeV/c2].")
    window: Range = Field(
        (430.0, 560.0),
        description="Kaon window: the peak lies in it, background and purity are counted in it, and the contamination fit "
        "takes its mass-tagged kaons from it [MeV/c2].",
    )
    proton_window: Range = Field((850.0, 1030.0), description="Tracks with a mass in here count as protons [MeV/c2].")
    width_max: PositiveFloat = Field(60.0, description="Largest width (sigma) of the peak [MeV/c2].")
    toys: int = Field(100, ge=20, description="Toy spectra behind each p-value, which cannot be below 1 / (toys + 1).")
    min_tracks: int = Field(20, ge=8, description="Fewer tracks in the range than this give no fit.")
    seed: NonNegativeInt = Field(42, description="Seed of the toys.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in ("fit_range", "window", "proton_window"):
            low, high = getattr(self, name)
            if low >= high:
                raise ValueError(f"{name}={low:g}, {high:g}: the lower end must come first")
        if self.window[0] < self.fit_range[0] or self.window[1] > self.fit_range[1]:
            raise ValueError(
                f"window={self.window[0]:g}, {self.window[1]:g} must lie inside "
                f"fit_range={self.fit_range[0]:g}, {self.fit_range[1]:g}"
            )
        if 10 * self.bin_width > self.fit_range[1] - self.fit_range[0]:
            raise ValueError(f"bin_width={self.bin_width:g} leaves fewer than ten bins in fit_range; lower it")
        return self

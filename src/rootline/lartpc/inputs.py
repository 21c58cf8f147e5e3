"""Where the study's input comes from: files of the user, or the simulation."""

from typing import Literal, get_args

from pydantic import Field, model_validator

from rootline.core.config import Section
from rootline.core.file_paths import FilePath

Role = Literal["train", "held_out", "mip", "reference"]
"""What a sample is for: trained on, never trained on, through-going muons, hand-picked kaons."""

ROLES: tuple[Role, ...] = get_args(Role)

ROLES_WITH_RECO: tuple[Role, ...] = ("train", "held_out")
"""Roles whose tracks must have a reconstructed residual range and dE/dx."""


class CurvesConfig(Section):
    """Expected dE/dx against residual range, one text file per hypothesis."""

    kaon: FilePath | None = Field(
        None, description="Curve of a stopping kaon; null for the one from the Bethe formula."
    )
    proton: FilePath | None = Field(
        None, description="Curve of a stopping proton; null for the one from the Bethe formula."
    )


class InputConfig(Section):
    """The user's files, as paths relative to the working folder; all null means simulated input."""

    samples: FilePath | None = Field(
        None, description="Table of ROOT files (sample, particle, role, path, tree); null simulates them."
    )
    beamline: FilePath | None = Field(
        None, description="Beamline CSV (run, subrun, event, p, m, beamline_mass [MeV/c2]); null for none."
    )
    reco: FilePath | None = Field(
        None, description="Reconstruction CSV (run, subrun, event, trkrr [cm], trkdedx [MeV/cm]); null for none."
    )
    curves: CurvesConfig = Field(default_factory=CurvesConfig, description="Expected dE/dx curves.")
    loglikelihood: tuple[FilePath, ...] = Field(
        (), description="Log-likelihood CSVs (run, subrun, event, log_likelihood_kaon, log_likelihood_proton)."
    )

    on_bad_event: Literal["stop", "skip"] = Field(
        "stop",
        description="What a malformed event in a good file does: stop the run, or be left out and listed in check/ and "
        "in the report. A damaged file always stops.",
    )
    max_bad_share: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="With skip: the run stops if more than this share of a file's events is malformed.",
    )

    @model_validator(mode="after")
    def _side_files_belong_to_samples(self) -> "InputConfig":
        named = [key for key in ("beamline", "reco", "loglikelihood") if getattr(self, key)]
        if self.samples is None and named:
            raise ValueError(
                f"{' and '.join(named)} given without samples: side files belong to ROOT files of yours; "
                "set lartpc.input.samples too"
            )
        return self

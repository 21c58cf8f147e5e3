"""The whole config of a workflow run: which studies, where to, and each study's section."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from rootline.core.config import Section, parse_config
from rootline.core.names import check_path
from rootline.lartpc.config import LartpcConfig


class RootlineConfig(Section):
    """What one call of snakemake does."""

    studies: tuple[Literal["lartpc"], ...] = Field(("lartpc",), description="Studies that `rule all` runs.")
    results: str = Field(
        "results", description="Folder of all results, relative to the working folder or outside of it.", min_length=1
    )
    lartpc: LartpcConfig = Field(default_factory=LartpcConfig, description="The LArTPC study.")

    @field_validator("results")
    @classmethod
    def _plain_path(cls, results: str) -> str:
        return check_path(str(Path(results)))  # as the rules write it


def read_config(raw: Mapping[str, Any], *, source: str) -> RootlineConfig:
    """Check what Snakemake read from YAML; `source` names the files in errors.

    Raises
    ------
    ConfigError
        One line per fault: file, dotted key, what is valid, and the near miss.
    """
    return parse_config(raw, RootlineConfig, source=source)

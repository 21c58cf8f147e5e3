"""The whole config of a workflow run: which studies, where to, and each study's section."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import GenericAlias
from typing import Any, Literal

from pydantic import Field, create_model, field_validator

from rootline.core.config import Section, parse_config
from rootline.core.names import check_path
from rootline.studies import load_study, study_names


class RootlineConfig(Section):
    """What one call of snakemake does."""

    studies: tuple[str, ...] = Field(("lartpc",), description="Studies that `rule all` runs.")
    results: str = Field(
        "results", description="Folder of all results, relative to the working folder or outside of it.", min_length=1
    )

    @field_validator("results")
    @classmethod
    def _plain_path(cls, results: str) -> str:
        return check_path(str(Path(results)))  # as the rules write it

    def section(self, study: str) -> Section:
        """Give the section of a study."""
        found: Section = getattr(self, study)
        return found


@functools.cache
def config_class() -> Any:
    """Give `RootlineConfig` with a section for each study of this checkout."""
    listed = RootlineConfig.model_fields["studies"]
    one_of: Any = Literal  # a name to mypy, which knows no literals that are made at run time
    sections: dict[str, Any] = {"studies": (GenericAlias(tuple, (one_of[study_names()], ...)), listed)}
    for name in study_names():
        section = load_study(name).StudyConfig
        words = (section.__doc__ or name).strip().splitlines()[0]
        sections[name] = (section, Field(default_factory=section, description=words))
    return create_model("RootlineConfig", __base__=RootlineConfig, __doc__=RootlineConfig.__doc__, **sections)


def read_config(raw: Mapping[str, Any], *, source: str) -> Any:
    """Check what Snakemake read from YAML, and give a `config_class()`; `source` names the files in errors.

    Raises
    ------
    ConfigError
        One line per fault: file, dotted key, what is valid, and the near miss.
    """
    return parse_config(raw, config_class(), source=source)

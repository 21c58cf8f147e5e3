"""Settings of all analyses, put together."""

from pydantic import Field

from rootline.core.config import Section
from rootline.pid.analyses.settings.comparison import ComparisonConfig
from rootline.pid.analyses.settings.domains import DomainsConfig
from rootline.pid.analyses.settings.embedding import EmbeddingConfig
from rootline.pid.analyses.settings.importance import ImportanceConfig
from rootline.pid.analyses.settings.masses import MassesConfig
from rootline.pid.analyses.settings.throughput import ThroughputConfig


class AnalysesConfig(Section):
    """What is asked of the scores."""

    comparison: ComparisonConfig = Field(
        default_factory=ComparisonConfig, description="All models and n-sigma beside each other."
    )
    masses: MassesConfig = Field(default_factory=MassesConfig, description="Contamination by the squared mass.")
    importance: ImportanceConfig = Field(default_factory=ImportanceConfig, description="What forests look at.")
    domains: DomainsConfig = Field(default_factory=DomainsConfig, description="The scan of the shifts.")
    embedding: EmbeddingConfig = Field(
        default_factory=EmbeddingConfig, description="What networks map tracks to, in the plane."
    )
    throughput: ThroughputConfig = Field(default_factory=ThroughputConfig, description="Tracks per second.")

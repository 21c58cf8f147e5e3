"""Options of all analyses; only the workflow imports this, each analysis the one section that it needs."""

from pydantic import Field

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.correlation import CorrelationConfig
from rootline.lartpc.analyses.settings.embedding import EmbeddingConfig
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.analyses.settings.traversal import TraversalConfig


class AnalysesConfig(Section):
    """What is asked of the latents of each run."""

    correlation: CorrelationConfig = Field(default_factory=CorrelationConfig, description="Latents against features.")
    traversal: TraversalConfig = Field(default_factory=TraversalConfig, description="Images decoded along each latent.")
    probe: ProbeConfig = Field(default_factory=ProbeConfig, description="Telling species apart by the latents.")
    embedding: EmbeddingConfig = Field(default_factory=EmbeddingConfig, description="UMAP of the latents.")
    reconstruction: ReconstructionConfig = Field(
        default_factory=ReconstructionConfig, description="Reconstruction error and anomaly scores."
    )

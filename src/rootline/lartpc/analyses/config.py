"""Options of all analyses; only the workflow imports this, each analysis the one section that it needs."""

from pydantic import Field

from rootline.core.config import Section
from rootline.lartpc.analyses.settings.beam_mass import BeamMassConfig
from rootline.lartpc.analyses.settings.best import BestConfig, ParetoConfig
from rootline.lartpc.analyses.settings.classifier import ClassifierConfig
from rootline.lartpc.analyses.settings.closure import ClosureConfig
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig
from rootline.lartpc.analyses.settings.correlation import CorrelationConfig
from rootline.lartpc.analyses.settings.embedding import EmbeddingConfig
from rootline.lartpc.analyses.settings.parts import PartsConfig
from rootline.lartpc.analyses.settings.pid import PidConfig
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.analyses.settings.resampling import ResamplingConfig
from rootline.lartpc.analyses.settings.separation import SeparationConfig
from rootline.lartpc.analyses.settings.traversal import TraversalConfig
from rootline.lartpc.analyses.settings.windows import WindowsConfig


class AnalysesConfig(Section):
    """What is asked of the latents of each run."""

    correlation: CorrelationConfig = Field(default_factory=CorrelationConfig, description="Latents against features.")
    regression: RegressionConfig = Field(
        default_factory=RegressionConfig, description="Features predicted from the latents."
    )
    separation: SeparationConfig = Field(
        default_factory=SeparationConfig, description="Upper and lower half of each feature told apart by the latents."
    )
    traversal: TraversalConfig = Field(default_factory=TraversalConfig, description="Images decoded along each latent.")
    probe: ProbeConfig = Field(default_factory=ProbeConfig, description="Telling species apart by the latents.")
    embedding: EmbeddingConfig = Field(default_factory=EmbeddingConfig, description="UMAP of the latents.")
    reconstruction: ReconstructionConfig = Field(
        default_factory=ReconstructionConfig, description="Reconstruction error and anomaly scores."
    )
    clustering: ClusteringConfig = Field(default_factory=ClusteringConfig, description="Groups of the latents.")
    classifier: ClassifierConfig = Field(
        default_factory=ClassifierConfig, description="Network trained with labels on the images."
    )
    pid: PidConfig = Field(default_factory=PidConfig, description="All scores that tell the species apart.")
    contamination: ContaminationConfig = Field(
        default_factory=ContaminationConfig, description="Protons among the kaon-tagged tracks, by the latents."
    )
    beam_mass: BeamMassConfig = Field(default_factory=BeamMassConfig, description="Peak fit of the beamline mass.")
    parts: PartsConfig = Field(default_factory=PartsConfig, description="Train part against val and test part.")
    closure: ClosureConfig = Field(default_factory=ClosureConfig, description="Latents against the simulated truth.")
    resampling: ResamplingConfig = Field(
        default_factory=ResamplingConfig, description="Area against bilinear resampling of the images."
    )
    windows: WindowsConfig = Field(default_factory=WindowsConfig, description="Entry windows from the data.")
    pareto: ParetoConfig = Field(default_factory=ParetoConfig, description="Points of a sweep that no other one beats.")
    best: BestConfig = Field(default_factory=BestConfig, description="The best point of a sweep.")

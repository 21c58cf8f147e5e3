"""The study's whole config, put together from the sections that stand beside their stages.

Only the workflow imports this: a script imports the one section that it
needs, so that a new default elsewhere does not make its results stale.
"""

from pydantic import Field, model_validator

from rootline.core.config import Section
from rootline.core.figures import FigureConfig
from rootline.core.file_paths import FilePath
from rootline.core.splits import SplitConfig
from rootline.lartpc.analyses.config import AnalysesConfig
from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.events import EventChoices
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.inputs import InputConfig
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.packs import PackingConfig
from rootline.lartpc.reference_config import ReferenceConfig
from rootline.lartpc.runs import ModelConfig, TrainConfig, check_image_size
from rootline.lartpc.simulation.config import SimulationConfig


class StudyConfig(Section):
    """The LArTPC study, from ROOT files to figures."""

    input: InputConfig = Field(default_factory=InputConfig, description="Files of yours; all null simulates.")
    detector: DetectorConfig = Field(default_factory=DetectorConfig, description="Geometry and readout.")
    simulation: SimulationConfig = Field(default_factory=SimulationConfig, description="The simulated default input.")
    clusters: ClusterConfig = Field(default_factory=ClusterConfig, description="From raw waveforms to clusters.")
    cuts: CutsConfig = Field(default_factory=CutsConfig, description="Which clusters and pairs are kept, per role.")
    matching: MatchingConfig = Field(default_factory=MatchingConfig, description="From two planes' clusters to tracks.")
    reference: ReferenceConfig = Field(
        default_factory=ReferenceConfig, description="Which track of a reference event is the one."
    )
    images: ImageConfig = Field(default_factory=ImageConfig, description="From tracks to images.")
    split: SplitConfig = Field(default_factory=SplitConfig, description="Train, validation and test part.")
    model: ModelConfig = Field(default_factory=ModelConfig, description="The beta-VAE.")
    train: TrainConfig = Field(default_factory=TrainConfig, description="Its training.")
    packing: PackingConfig = Field(default_factory=PackingConfig, description="Several runs of a sweep side by side.")
    analyses: AnalysesConfig = Field(default_factory=AnalysesConfig, description="What is asked of the latents.")
    figures: FigureConfig = Field(default_factory=FigureConfig, description="How figures look.")
    event: EventChoices = Field((), description="Events that `lartpc_event` displays: one, or a list; empty for none.")
    sweeps: tuple[FilePath, ...] = Field((), description="Sweep files; each is a target `lartpc_sweep_<file name>`.")

    @model_validator(mode="after")
    def _sections_agree(self) -> "StudyConfig":
        check_image_size(self.images.size, self.model)
        return self

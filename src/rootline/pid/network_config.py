"""What a network for tracks is and how it is trained, without torch."""

from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from rootline.core.config import Section

NetworkKind = Literal["mlp", "ensemble", "mapper", "attention"]


class NetworkConfig(Section):
    """What a network is, beside its kind."""

    dropout: float = Field(0.1, ge=0, lt=1, description="Share of hidden values that a training step leaves out.")
    adversary: bool = Field(
        False,
        description="A second head must not be able to tell the second domain from what the tracks are mapped to (DANN).",
    )
    reversal: NonNegativeFloat = Field(1.0, description="Strength of the reversed gradient of that head.")
    domain: str = Field("", description="Sample that is this second domain; its labels are not used.")

    @model_validator(mode="after")
    def _adversary_has_a_domain(self) -> Self:
        if self.adversary != bool(self.domain):
            raise ValueError(
                "network.adversary and network.domain belong together: give both, or adversary: false and no domain"
            )
        return self


class TrainConfig(Section):
    """How a network is trained; trees take the seed alone."""

    epochs: PositiveInt = Field(40, description="Most epochs.")
    batch_size: PositiveInt = Field(512, description="Tracks in a step.")
    lr: PositiveFloat = Field(1e-3, description="Learning rate of Adam.")
    weight_decay: NonNegativeFloat = Field(1e-5, description="L2 penalty of Adam.")
    patience: PositiveInt = Field(5, description="Epochs without a better validation loss that end the training.")
    min_delta: NonNegativeFloat = Field(1e-4, description="By how much a better loss must be lower.")
    seed: NonNegativeInt = Field(
        0, description="Seed of weights, order and dropout, and of what trees choose by chance."
    )

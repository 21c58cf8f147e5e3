"""A run of this study: everything that decides what a trained beta-VAE is."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, field_validator, model_validator

from rootline.core.config import Section
from rootline.core.runs import parse_run_as, read_run_as
from rootline.core.splits import SplitConfig
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.transforms import Transform

Activation = Literal["relu", "softplus", "gelu", "silu", "leaky_relu"]


class ModelConfig(Section):
    """Architecture of the beta-VAE; the defaults are the paper's model."""

    latent_dim: PositiveInt = Field(8, description="Numbers that one image is encoded to.")
    channels: tuple[PositiveInt, ...] = Field(
        (32, 64, 128, 256),
        min_length=1,
        description="Widths of the encoder's convolutions, one block each; the decoder mirrors them.",
    )
    kernel: PositiveInt = Field(5, description="Side of the convolution kernels [pixels].")
    stride: PositiveInt = Field(2, description="Each block divides the image's sides by this.")
    padding: int = Field(2, ge=0, description="Zeros added on each side before a convolution [pixels].")
    activation: Activation = Field(
        "relu", description="Function after each block, and after the last layer of the decoder."
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Probability that a feature map of the encoder is dropped in training."
    )

    @model_validator(mode="after")
    def _blocks_divide_exactly(self) -> Self:
        # A side of stride x m becomes exactly m, and back, if and only if this holds.
        valid = [padding for padding in range(self.kernel) if self.kernel - self.stride <= 2 * padding < self.kernel]
        if self.padding not in valid:
            wanted = f"must be {' or '.join(map(str, valid))}" if valid else "no padding fits, choose another kernel"
            raise ValueError(
                f"model.padding={self.padding}: {wanted} with model.kernel={self.kernel} and model.stride={self.stride}"
            )
        return self


class TrainConfig(Section):
    """How a model is trained; the defaults are the paper's."""

    species: tuple[str, ...] = Field(
        ("proton",),
        min_length=1,
        description="Particles to learn from, out of the samples of role train; all else is held out.",
    )
    epochs: PositiveInt = Field(200, description="Passes over the train part, at most.")
    batch_size: PositiveInt = Field(32, description="Images of one optimiser step.")
    lr: PositiveFloat = Field(1e-3, description="Learning rate of Adam.")
    weight_decay: float = Field(1e-4, ge=0, description="L2 penalty of Adam.")
    beta: float = Field(0.5, ge=0, description="Weight of the KL term in the loss.")
    signal_weight: PositiveFloat = Field(
        10.0, description="Weight of signal pixels in the reconstruction term; others have 1."
    )
    signal_threshold: float = Field(0.01, description="A pixel above this is signal [transformed ADC].")
    patience: PositiveInt = Field(20, description="Epochs without a better validation loss after which training stops.")
    min_delta: float = Field(1e-4, ge=0, description="A validation loss is better if it is lower by more than this.")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Numbers that the layers compute with in training; bfloat16 is faster, with 3 digits instead of 7. "
        "Weights, losses and latents are float32 in either case.",
    )
    seed: int = Field(0, ge=0, description="Of the first weights, the order of the images and the sampled latents.")
    transform: Transform = Field(
        "log1p",
        description="What is done to the ADC of a pixel before the model sees it; the constants of tanh and mpv are ADC "
        "of one wire and tick, times the number of these that an area pixel sums.",
    )
    mpv_collection: PositiveFloat = Field(
        483.0,
        description="Most probable largest ADC of a stopping track on the collection plane, for the mpv transforms [ADC].",
    )
    mpv_induction: PositiveFloat = Field(247.0, description="The same on the induction plane [ADC].")

    @field_validator("species")
    @classmethod
    def _species_in_one_order(cls, species: tuple[str, ...]) -> tuple[str, ...]:
        # The order means nothing, so it must not make another run id.
        if len(set(species)) < len(species):
            raise ValueError("names a particle twice")
        return tuple(sorted(species))


class RunConfig(Section):
    """All that decides a model, its input images and their split included."""

    images: ImageConfig = Field(default_factory=ImageConfig, description="How tracks become images.")
    model: ModelConfig = Field(default_factory=ModelConfig, description="Architecture.")
    train: TrainConfig = Field(default_factory=TrainConfig, description="Training.")
    split: SplitConfig = Field(default_factory=SplitConfig, description="Parts.")

    @model_validator(mode="after")
    def _model_fits_the_images(self) -> Self:
        check_image_size(self.images.size, self.model)
        return self


def check_image_size(size: int, model: ModelConfig) -> None:
    """Refuse an image that the model's blocks cannot divide.

    Raises
    ------
    ValueError
        Naming the key and the nearest sizes that fit.
    """
    factor = model.stride ** len(model.channels)
    if size % factor:
        below = size // factor * factor
        near = f"{below} or {below + factor}" if below else f"{factor}"
        raise ValueError(
            f"images.size={size}: must be a multiple of {factor} (each of the {len(model.channels)} blocks of model.channels "
            f"divides the image by {model.stride}), such as {near}"
        )


def read_run(path: Path) -> RunConfig:
    """Read the config that lies beside a model; errors are those of `core.runs.read_run_as`."""
    return read_run_as(RunConfig, path)


def parse_run(options: str, *, named: str) -> RunConfig:
    """Read a run from JSON; errors are those of `core.runs.parse_run_as`."""
    return parse_run_as(RunConfig, options, named=named)

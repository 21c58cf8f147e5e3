"""Options of the supervised classifier of images."""

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from rootline.core.config import Section


class ClassifierConfig(Section):
    """A convolutional network trained with labels on the images of the run: what the images hold at least.

    Its folds are those of the probe.
    """

    channels: tuple[PositiveInt, ...] = Field(
        (16, 32, 64, 128),
        min_length=1,
        description="Widths of the convolutions, as in the encoder of the model; as many of the first as can halve the image.",
    )
    dropout: float = Field(0.3, ge=0, lt=1, description="Probability that an input of the last layer is dropped.")
    epochs: PositiveInt = Field(10, description="Passes over the training folds; there is no early stop.")
    batch_size: int = Field(32, ge=2, description="Images of one optimiser step.")
    lr: PositiveFloat = Field(2e-3, description="Largest learning rate of AdamW, reached after a third of the steps.")
    weight_decay: float = Field(1e-3, ge=0, description="Weight decay of AdamW.")
    shift_wires: NonNegativeInt = Field(
        2, description="Training images are shifted along the wires by up to this, around the border [pixels]."
    )
    mirror_ticks: bool = Field(True, description="Half of the training images are mirrored in ticks.")
    seed: NonNegativeInt = Field(42, description="Seed of first weights, order and changes of the images.")

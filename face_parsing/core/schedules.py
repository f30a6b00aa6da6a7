"""The section of a profile that every training has: its length, its steps, and its learning rate."""

from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from face_parsing.core.parameters import Section

Seed = Annotated[int, Field(ge=0, lt=2**32)]
# Side of a segmenter's input, in pixels. HRNet's branches align only at multiples of 32.
InputSide = Annotated[int, Field(ge=32, multiple_of=32)]


class Schedule(Section):
    """A training's length, batch and highest learning rate.

    Attributes:
        iterations: Optimizer steps; None if ``epochs`` says the length.
        epochs: Passes over all images; None if ``iterations`` says the length.
        batch_size: Images per optimizer step, over all processes.
        gradient_accumulation: Number of parts that each process's batch is split into, to save memory.
        activation_checkpointing: Whether the backward pass recomputes activations, to save memory.
        lr: Highest learning rate.
        channels_last: Whether images have the memory layout channels last.
        validations: Number of times that the val split is scored.
    """

    iterations: NonNegativeInt | None
    epochs: PositiveInt | None
    batch_size: PositiveInt
    gradient_accumulation: PositiveInt
    activation_checkpointing: bool
    lr: PositiveFloat
    channels_last: bool
    validations: NonNegativeInt

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.iterations is None) == (self.epochs is None):
            raise PydanticCustomError("length", "expected either iterations or epochs, and null for the other")
        return self

    def steps(self, images: int) -> int:
        """The training's iterations on a number of images; an incomplete last batch moves to the next epoch."""
        if self.iterations is not None:
            return self.iterations
        assert self.epochs is not None  # by _one_length
        return max(1, self.epochs * images // self.batch_size)


def in_micro_steps(scheduler: dict[str, Any], micro_steps: int) -> dict[str, Any]:
    """Convert a learning rate scheduler's times from shares of the training to micro-steps.

    >>> in_micro_steps(dict(type="PolyLR", begin=0.25, end=1), 200)
    {'type': 'PolyLR', 'begin': 50, 'end': 200}
    """
    times = {key: max(round(scheduler[key] * micro_steps), int(key != "begin")) for key in scheduler if key in SHARES}
    if "milestones" in scheduler:
        times["milestones"] = [round(share * micro_steps) for share in scheduler["milestones"]]
    return {**scheduler, **times}


SHARES = ("begin", "end", "T_max")

"""What every training's section of a profile says: how long, in which steps, and at which rate."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from face_parsing.pipeline.reading import Section

Positive = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
# Of a segmenter's input, in pixels: at other sides HRNet's branches do not lie over each other.
Side = Annotated[int, Field(ge=32, multiple_of=32)]


class Schedule(Section):
    """A training's length, steps and highest learning rate.

    The length is ``iterations``, or ``epochs`` of all its images; the other one is null. ``batch_size`` is the images
    of a step, of all processes together; each process takes its share of them in ``accumulate`` parts one after
    another, and with ``checkpointing`` computes activations again in the backward pass: both save memory.
    ``channels_last`` is the layout of images in memory. The val split is scored ``validations`` times.
    """

    iterations: Annotated[int, Field(ge=0)] | None
    epochs: Positive | None
    batch_size: Positive
    accumulate: Positive
    checkpointing: bool
    lr: Annotated[float, Field(gt=0)]
    channels_last: bool
    validations: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.iterations is None) == (self.epochs is None):
            raise PydanticCustomError("length", "expected either iterations or epochs, and null for the other")
        return self

    def steps(self, images: int) -> int:
        """The training's iterations on a number of images; what is left of them after whole batches waits for the next
        epoch."""
        if self.iterations is not None:
            return self.iterations
        assert self.epochs is not None  # by _one_length
        return max(1, self.epochs * images // self.batch_size)


def in_rounds(scheduler: dict[str, Any], rounds: int) -> dict[str, Any]:
    """A learning rate's scheduler config with its times, shares of the training, turned into rounds."""
    times = {key: max(round(scheduler[key] * rounds), int(key != "begin")) for key in _TIMES & scheduler.keys()}
    if "milestones" in scheduler:
        times["milestones"] = [round(share * rounds) for share in scheduler["milestones"]]
    return {**scheduler, **times}


_TIMES = {"begin", "end", "T_max"}

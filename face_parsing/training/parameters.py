"""Parameters of all trainings: the section ``train``, and a profile's section ``machine``."""

from typing import Annotated, Any, Literal

from pydantic import NonNegativeInt, PlainValidator, PositiveInt
from pydantic_core import PydanticCustomError

from face_parsing.core.parameters import Section


def _gpus(value: Any) -> Any:
    if value == "auto" or (type(value) is int and value >= 1):
        return value
    raise PydanticCustomError("gpus", "expected auto, or the number of GPUs")


class Machine(Section):
    """Processes of a training on this machine.

    ``cpu_processes`` share each batch if there is no GPU. ``workers`` load the data of each training process: null for
    as many as the cores allow, 0 to load it in the training process itself.
    """

    cpu_processes: PositiveInt
    workers: NonNegativeInt | None


class Training(Section):
    """Hardware, precision and determinism of all trainings, and which state of the model they keep.

    ``gpus`` share each batch, a process each; auto is all GPUs, or without any the profile's ``cpu_processes``.
    ``precision`` auto is bf16 if the processor has instructions for it, otherwise fp32. ``keep`` best keeps the state
    with the highest score on the val split.
    """

    gpus: Annotated[int | Literal["auto"], PlainValidator(_gpus, json_schema_input_type=int | Literal["auto"])]
    precision: Literal["auto", "fp32", "bf16", "fp16"]
    compile: bool
    deterministic: bool
    keep: Literal["last", "best"]

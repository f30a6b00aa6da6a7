"""How every training runs: the key ``train``, and a profile's section ``machine``."""

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from face_parsing.pipeline.reading import Section

Positive = Annotated[int, Field(ge=1)]


def _gpus(value: Any) -> Any:
    if value == "auto" or (type(value) is int and value >= 1):
        return value
    raise PydanticCustomError("gpus", "expected auto, or how many")


class Machine(Section):
    """Processes that share each batch where there is no GPU, and processes that load the data of each of them.

    ``workers`` null is as many as the cores allow; with 0 a training loads its data itself.
    """

    cpu_processes: Positive
    workers: Annotated[int, Field(ge=0)] | None


class Training(Section):
    """On what a training runs, how fast, and which state of the model it keeps.

    ``gpus`` share each batch, a process each; auto is all there are, and without any the profile's ``cpu_processes``.
    ``precision`` auto is bf16 where the processor computes in it, else fp32. ``keep`` best is the state that scored
    highest on the val split.
    """

    gpus: Annotated[int | Literal["auto"], PlainValidator(_gpus, json_schema_input_type=int | Literal["auto"])]
    precision: Literal["auto", "fp32", "bf16", "fp16"]
    compile: bool
    deterministic: bool
    keep: Literal["last", "best"]

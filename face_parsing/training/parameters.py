"""The key ``train``: how every training runs."""

from typing import Annotated, Literal

from pydantic import Field

from face_parsing.pipeline.reading import Section


class Training(Section):
    """On what a training runs, and how fast; ``gpus`` are the processes that share each batch.

    ``precision`` auto is bf16 where the processor computes in it, else fp32.
    """

    gpus: Annotated[int, Field(ge=1)]
    precision: Literal["auto", "fp32", "bf16", "fp16"]
    compile: bool
    deterministic: bool

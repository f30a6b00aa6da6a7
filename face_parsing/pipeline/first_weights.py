"""First weights that come with the repository: what ``pretrained: shipped`` in params.yaml stands for.

The stage check writes their checksums, which the trainings depend on: so other shipped weights make those trainings run
again that start from them, and no others.
"""

import hashlib
from pathlib import Path
from typing import Literal

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.models import MODEL_NAMES

Network = Literal["detector", "segmenter"]

SHIPPED = "shipped"
WEIGHTS = Path("weights/models")
# What a network starts from is the first of these that is there. All segmenters start from the same one, since its
# backbone and its head belong together: the one with the most layers.
MODELS: dict[Network, tuple[str, ...]] = {"detector": ("detector",), "segmenter": MODEL_NAMES[::-1]}


def first_weights(source: str | None, network: Network) -> str | None:
    """Where a network's first weights are: a file, a URL, or None for random ones.

    Args:
        source: The parameter ``pretrained``. All but SHIPPED stands for itself.
        network: What is trained.

    Raises:
        UserError: the repository has no weights for the network.
    """
    if source != SHIPPED:
        return source
    files = [WEIGHTS / f"{name}.pth" for name in MODELS[network]]
    there = [file for file in files if file.is_file()]
    if not there:
        names = " or ".join(file.name for file in files)
        raise UserError(
            f"{WEIGHTS}: no {names}, where {network}.pretrained is {SHIPPED}; expected the repository's models"
        )
    return str(there[0])


def checksum(source: str | None, network: Network) -> str:
    """The line of sha256sum for the shipped file that a network starts from; empty if it starts from anything else.

    Raises:
        UserError: see :func:`first_weights`.
    """
    file = first_weights(source, network)
    if source != SHIPPED or file is None:
        return ""
    return f"{hashlib.sha256(Path(file).read_bytes()).hexdigest()}  {file}\n"

"""The meaning of the parameter ``pretrained``: random weights, bundled weights, or a checkpoint.

The trainings depend on the checksums of bundled weights, which the stage check writes. So changed bundled weights rerun
only the trainings that start from them.
"""

import os
from pathlib import Path
from typing import Literal

from face_parsing.core import paths
from face_parsing.core.digests import sha256_line
from face_parsing.core.errors import PipelineError
from face_parsing.core.model_names import MODEL_NAMES

Network = Literal["detector", "segmenter"]

BUNDLED = "bundled"
# A network starts from the first of these that exists. All segmenters start from the same one, since its backbone and
# its head belong together: the one with the most layers.
MODELS: dict[Network, tuple[str, ...]] = {"detector": ("detector",), "segmenter": MODEL_NAMES[::-1]}


def initial_weights(source: str | None, network: Network) -> str | None:
    """Where a network's initial weights are: a file, a URL, or None for random ones.

    >>> initial_weights("https://host/hrnet.pth", "segmenter")
    'https://host/hrnet.pth'

    Args:
        source: The parameter ``pretrained``. In a path, ``~`` stands for the user's home folder.
        network: The network that is trained.

    Raises:
        PipelineError: the repository has no weights for the network.
    """
    if source != BUNDLED:
        return os.path.expanduser(source) if source else source
    files = [paths.WEIGHTS / paths.model_file(name) for name in MODELS[network]]
    existing = [file for file in files if file.is_file()]
    if not existing:
        names = " or ".join(file.name for file in files)
        raise PipelineError(
            f"{files[0].parent}: no {names}, where {network}.pretrained is {BUNDLED}; expected the repository's models"
        )
    return str(existing[0])


def checksum(source: str | None, network: Network) -> str:
    """The line of sha256sum for the bundled file that a network starts from; "none" if it starts from anything else.

    Raises:
        PipelineError: see :func:`initial_weights`.
    """
    file = initial_weights(source, network)
    if source != BUNDLED or file is None:
        return "none\n"
    return sha256_line(Path(file), file)

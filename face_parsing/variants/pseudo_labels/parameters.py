"""The unlabelled clips and their weight in training: the key ``seg.pseudo``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from face_parsing.core.errors import PipelineError
from face_parsing.core.parameters import PARAMETERS, Section, Share
from face_parsing.sources.parameters import local_path, missing

RENDERED = "rendered"

# A list, since DVC runs no stage for a matrix over an empty list. At most one item, since all write the same folder.
Clips = Annotated[list[str], Field(max_length=1)]


class Pseudo(Section):
    """Pseudo labels; an empty list of ``clips`` disables them.

    Attributes:
        clips: ``rendered`` for as many clips as the train split has, of another seed, or a path of images and videos.
        domain_randomization: Share of rendered clips with each kind of domain randomization; None for the profile's
            shares.
        threshold: Minimum mean probability of a label. All models must also agree on it.
        share: Share of a training's crops that have pseudo labels.
    """

    clips: Clips
    domain_randomization: Share | None
    threshold: Share
    share: Share


def clips_path(clips: str) -> Path:
    """The path of images and videos that ``seg.pseudo.clips`` names.

    Raises:
        PipelineError: There is no such path.
    """
    path = local_path(clips)
    if not path.exists():
        expected = f"{RENDERED}, or a folder of images and videos; {missing(path, 'file or folder')}"
        raise PipelineError(f"{PARAMETERS}: seg.pseudo.clips is {clips}; expected {expected}")
    return path

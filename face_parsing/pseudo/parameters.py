"""Which unlabelled clips there are, and how much they count: the key ``seg.pseudo``."""

from typing import Annotated

from pydantic import Field

from face_parsing.pipeline.reading import Section

RENDERED = "rendered"

Share = Annotated[float, Field(ge=0, le=1)]
# A list, since a stage of DVC's matrix over an empty one is none. They all write the same folder: hence one at most.
Clips = Annotated[list[str], Field(max_length=1)]


class Pseudo(Section):
    """Pseudo labels, which an empty list of ``clips`` leaves out.

    ``clips`` are ``rendered``, as many as the train split has but of another seed, or the path of images and videos.
    ``looks`` is the share of rendered ones that have each of a profile's looks; None: the profile's own shares.

    A label counts where all models agree and their mean probability is ``threshold`` or more. A training draws pseudo
    labels for a ``share`` of its crops.
    """

    clips: Clips
    looks: Share | None
    threshold: Share
    share: Share

"""Additional models: the key ``seg.also``."""

from typing import Literal

Also = Literal["mask_rcnn"]

"""The models beside the default ones: the key ``seg.also``."""

from typing import Literal

Also = Literal["mask_rcnn"]

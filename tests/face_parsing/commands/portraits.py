"""Rendered portraits with exact label maps, and data sets made of them."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from face_parsing.core.labels import read_labels
from face_parsing.sources.layouts.celebamask_hq import IMAGES, MASKS, PARTS
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

LABELS = read_labels(Path("configs/labels.yaml").resolve())
ONCE = PerSplit(train=1, val=1, test=1)
PLAIN = DomainRandomization(people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0)
CLIPS = RenderedClips(count=ONCE, frames=ONCE, width=192, height=192, domain_randomization=PLAIN)
EASY = dict(small_faces=0.0, smallest_face=0.5, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)
# The part of CelebAMask-HQ of each class that has one.
PART_OF = {
    "skin": "skin",
    "nose": "nose",
    "hair": "hair",
    "neck": "neck",
    "upper_lip": "u_lip",
    "lower_lip": "l_lip",
    **{
        f"{side}_{part}": f"{side[0]}_{own}"
        for side in ("left", "right")
        for part, own in (("eye", "eye"), ("eyebrow", "brow"), ("ear", "ear"))
    },
}


@cache
def portrait(person: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture (192, 192, 3) uint8 BGR and its label map (192, 192) uint8 of configs/labels.yaml."""
    return next(iter(render_clip(Synthetic(seed=3000, **EASY), CLIPS, LABELS, "test", person)))


def write_celebamask_hq(root: Path, people: int, swapped: Collection[int] = (), only: Collection[str] = PARTS) -> None:
    """Write portraits as CelebAMask-HQ lays them out.

    Args:
        root: The folder.
        people: Number of pictures.
        swapped: Numbers of those whose masks' left and right are exchanged.
        only: Parts that are written.
    """
    (root / IMAGES).mkdir(parents=True, exist_ok=True)
    (root / MASKS / "0").mkdir(parents=True, exist_ok=True)
    for number in range(people):
        image, label_map = portrait(number)
        cv2.imwrite(str(root / IMAGES / f"{number}.jpg"), image)
        label_map = LABELS.mirrored[label_map] if number in swapped else label_map
        for name, part in PART_OF.items():
            mask = label_map == LABELS.id_of(name)
            if mask.any() and part in only:
                Image.fromarray(mask.astype(np.uint8) * 255).save(root / MASKS / "0" / f"{number:05d}_{part}.png")

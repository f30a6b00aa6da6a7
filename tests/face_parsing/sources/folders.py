"""Tiny folders in the layouts of the sources, and what every test does with them."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from face_parsing.sources.layouts.parameters import DrawnSplit
from face_parsing.sources.parameters import Data

SPLIT = DrawnSplit(val=0.2, test=0.2, seed=0)


def data(source: str, root: Path, on_error: str = "raise", frames_per_still: int = 1) -> Data:
    return Data(
        source=source, root=str(root), labels=None, on_error=on_error, frames_per_still=frames_per_still, split=SPLIT
    )


def face(classes: int, size: int = 48) -> np.ndarray:
    """A label map with every class: an ellipse of class 1 with a stripe for each other one."""
    label_map = np.zeros((size, size), np.uint8)
    cv2.ellipse(label_map, (size // 2, size // 2), (size // 3, size // 2 - 4), 0, 0, 360, 1, -1)
    rows = np.array_split(np.arange(6, size - 6), classes - 1)
    for label, of_class in enumerate(rows[1:], 2):
        label_map[of_class, size // 2 - 6 : size // 2 + 6] = label
    return label_map


def image_of(label_map: np.ndarray, shade: int) -> np.ndarray:
    """A picture whose colours tell the classes, (H, W, 3) uint8 BGR."""
    return np.stack([label_map * 11 + 20, np.full_like(label_map, shade), 200 - label_map * 9], axis=-1)


def write_image(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


def write_mask(path: Path, mask: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(path)


def davis(root: Path) -> None:
    for index, split in enumerate(("train", "val", "test")):
        for frame in range(4):
            label_map = np.roll(face(18), frame, axis=1)
            write_image(root / f"JPEGImages/{split} é/{frame:05d}.jpg", image_of(label_map, 40 * index))
            write_mask(root / f"Annotations/{split} é/{frame:05d}.png", label_map)
        (root / "ImageSets").mkdir(exist_ok=True)
        (root / f"ImageSets/{split}.txt").write_text(f"{split} é\n", encoding="utf-8")


def sfp(root: Path) -> None:
    for index, split in enumerate(("train", "val", "test")):
        for frame in range(4):
            label_map = np.roll(face(18), frame, axis=1)
            write_image(root / f"{split}/clip {index}/{frame}.jpg", image_of(label_map, 40 * index))
            write_mask(root / f"{split}/clip {index}/{frame}.png", label_map)


def lapa(root: Path) -> None:
    for index, split in enumerate(("train", "val", "test")):
        for number in range(3):
            write_image(root / f"{split}/images/{index}_{number}.jpg", image_of(face(11), 25 * number))
            write_mask(root / f"{split}/labels/{index}_{number}.png", face(11))


def face_synthetics(root: Path) -> None:
    for number in range(8):
        write_image(root / f"{number:06d}.png", image_of(face(19), 20 * number))
        label_map = face(19)
        label_map[:2] = 255
        write_mask(root / f"{number:06d}_seg.png", label_map)
        (root / f"{number:06d}_ldmks.txt").write_text("1 2\n")


def celebamask_hq(root: Path) -> None:
    from face_parsing.sources.layouts.celebamask_hq import PARTS

    for number in range(8):
        label_map = face(19)
        large = cv2.resize(image_of(label_map, 20 * number), None, fx=2, fy=2)
        write_image(root / f"CelebA-HQ-img/{number}.jpg", large)
        for label, part in enumerate(PARTS, 1):
            # The skin goes on below the other parts, which lie over it.
            mask = label_map > 0 if part == "skin" else label_map == label
            path = root / f"CelebAMask-HQ-mask-anno/{number // 4}/{number:05d}_{part}.png"
            write_mask(path, np.repeat(mask[..., None] * np.uint8(255), 3, axis=2))


def helen(root: Path) -> None:
    lists = {"exemplars.txt": (0, 1, 2), "tuning.txt": (3,), "testing.txt": (4, 5)}
    for name, numbers in lists.items():
        root.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("".join(f"{i} , {number}_1\n" for i, number in enumerate(numbers, 1)))
        for number in numbers:
            write_image(root / f"images/{number}_1.jpg", image_of(face(11), 20 * number))
            for label in range(11):
                probabilities = np.where(face(11) == label, np.uint8(200), np.uint8(5))
                write_mask(root / f"labels/{number}_1/{number}_1_lbl{label:02d}.png", probabilities)


FOLDERS: dict[str, Callable[[Path], None]] = {
    make.__name__: make for make in (davis, sfp, celebamask_hq, face_synthetics, helen, lapa)
}

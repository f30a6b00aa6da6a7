"""Numbers of frames and of pixels by class, counted while clips are written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from face_parsing.core.labels import IGNORE_INDEX, LabelTable


@dataclass
class Counts:
    """Numbers of frames and of pixels.

    Attributes:
        frames: Number of frames.
        pixels: Number of pixels by class id. Classes without a pixel are missing.

    >>> counts = Counts()
    >>> counts.add(np.array([[0, 1], [1, 1]], np.uint8))
    >>> counts
    Counts(frames=1, pixels=Counter({1: 3, 0: 1}))
    """

    frames: int = 0
    pixels: Counter[int] = field(default_factory=Counter)

    def add(self, label_map: np.ndarray) -> None:
        """Count a frame with a label map, (H, W) uint8."""
        # OpenCV's histogram is seven times as fast as NumPy's.
        histogram = cv2.calcHist([label_map], [0], None, [256], [0, 256]).ravel()
        self.frames += 1
        self.pixels.update({int(i): int(histogram[i]) for i in np.flatnonzero(histogram)})

    def update(self, other: "Counts") -> None:
        """Add the counts of other frames."""
        self.frames += other.frames
        self.pixels.update(other.pixels)


def class_lines(splits: Mapping[str, Counts], labels: LabelTable) -> list[str]:
    """Lines with each class's share of all pixels, and with the classes without a pixel, in all splits and in each.

    Args:
        splits: The counts by split.
        labels: The classes that the label maps may hold.
    """
    pixels: Counter[int] = sum((counts.pixels for counts in splits.values()), Counter())
    total = max(pixels.total(), 1)
    names = {label.id: label.name for label in labels.labels} | {IGNORE_INDEX: "ignored"}
    present = [i for i in names if pixels[i]]
    lines = [f"share of pixels: {', '.join(f'{names[i]} {_percent(pixels[i] / total)}' for i in present)}"]
    absent = [i for i in labels.ids if not pixels[i]]
    if absent:
        lines.append(f"classes that never occur: {', '.join(names[i] for i in absent)}")
    for split, counts in splits.items():
        if absent_here := [i for i in labels.ids if i not in absent and not counts.pixels[i]]:
            lines.append(f"classes that never occur in {split}: {', '.join(names[i] for i in absent_here)}")
    return lines


def _percent(share: float) -> str:
    return f"{share:.2%}" if share >= 0.00005 else "under 0.01%"

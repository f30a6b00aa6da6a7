"""What GrabCut gains on masks that are wrong in known ways, class by class: python -m tests.benchmarks.bench_grabcut.

Rendered faces of the train split (params.yaml's, five frames a clip); their truth is made coarse, refined by all
classes and by those of params.yaml, and J and F are compared. The defaults of the section grabcut come from this table.
"""

from pathlib import Path

import cv2
import numpy as np

from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.core.parameters import read
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.grabcut.refining import refine
from face_parsing.metrics.boundary import boundary_accuracy, matching_radius
from face_parsing.metrics.region import confusion_matrix, region_similarity
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

CLIPS, FRAMES = 14, 5


def nearest(label_map: np.ndarray) -> np.ndarray:
    """A quarter of the resolution and back, by nearest neighbour."""
    height, width = label_map.shape
    small = cv2.resize(label_map, (width // 4, height // 4), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def smooth(label_map: np.ndarray, side: int = 48) -> np.ndarray:
    """As a network answers: the face at ``side`` pixels, each class blurred, scaled up, and the largest taken."""
    x, y, width, height = cv2.boundingRect(label_map)
    if width == 0:
        return label_map
    margin = int(0.15 * max(width, height))
    region = slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)
    face = label_map[region]
    scale = side / max(face.shape)
    size = max(1, round(face.shape[1] * scale)), max(1, round(face.shape[0] * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    ids, shares = np.unique(face), []
    for label in ids:
        share = cv2.resize((face == label).astype(np.float32), size, interpolation=interpolation)
        share = cv2.GaussianBlur(share, (3, 3), 0.7)
        shares.append(cv2.resize(share, face.shape[::-1], interpolation=cv2.INTER_LINEAR))
    coarse = label_map.copy()
    coarse[region] = ids[np.argmax(shares, axis=0)]
    return coarse


def bent(label_map: np.ndarray) -> np.ndarray:
    """Smoothed less, then shifted back and forth by about 1 % of the face."""
    side = max(cv2.boundingRect(label_map)[2:])
    if side == 0:
        return label_map
    rng = np.random.default_rng(side)
    height, width = label_map.shape
    grid = 2 + height * 12 // side, 2 + width * 12 // side
    shifts = rng.normal(0, 0.01 * side, (2, *grid)).astype(np.float32)
    dx, dy = (cv2.resize(shift, (width, height), interpolation=cv2.INTER_CUBIC) for shift in shifts)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(smooth(label_map, 72), x + dx, y + dy, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)


def measure(truth: np.ndarray, label_map: np.ndarray) -> list[np.ndarray]:
    j = region_similarity(confusion_matrix(truth, label_map))
    return [j, boundary_accuracy(truth, label_map, matching_radius(truth.shape))]


def column(gains: np.ndarray, present: np.ndarray, labels: LabelTable) -> list[str]:
    """The cells of a column: the mean gains in J and F over all classes, and those of each class.

    Args:
        gains: Gains of each frame in J and F by class, (frames, 2, 256).
        present: Whether a frame's truth has a class, (frames, 256) bool.
        labels: The classes.
    """
    counts = present.sum(axis=0)
    by_class = (gains * present[:, None]).sum(axis=0) / np.maximum(counts, 1)
    parts = [label.id for label in labels.parts]
    j, f = (gains * present[:, None]).sum(axis=(0, 2)) / counts.sum()
    return [f"{j:+.2f}, {f:+.2f}", *(f"{by_class[0, i]:+.1f}, {by_class[1, i]:+.1f}" for i in parts)]


def main() -> None:
    """Print a table with a row for each class and a column for each way and choice of classes."""
    labels = read_labels(Path("configs/labels.yaml"))
    synthetic, grabcut = read("synthetic", Synthetic), read("grabcut", GrabCut)
    clips = read("profiles.${profile}.clips", RenderedClips)
    clips = clips.model_copy(update={"frames": clips.frames.model_copy(update={"train": FRAMES})})
    frames = [frame for i in range(CLIPS) for frame in render_clip(synthetic, clips, labels, "train", i)]
    present = np.array([np.bincount(truth.ravel(), minlength=256) > 0 for _, truth in frames])
    present[:, 0] = False
    every = [label.id for label in labels.parts]
    chosen = [labels.id_of(name) for name in grabcut.classes]
    columns = {"gain in J, F, points": ["all", *(label.name for label in labels.parts)]}
    for coarsen in (nearest, smooth, bent):
        for name, classes in {"all classes": every, "params.yaml's": chosen}.items():
            gains = []
            for image, truth in frames:
                coarse = coarsen(truth)
                refined, _ = refine(image, coarse, classes, grabcut.band, grabcut.iterations, grabcut.size)
                gains.append(100 * (np.array(measure(truth, refined)) - measure(truth, coarse)))
            columns[f"{coarsen.__name__}, {name}"] = column(np.array(gains), present, labels)
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for cells in zip(*columns.values(), strict=True):
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

"""Compares the two runtimes on images: python -m tools.runtimes IMAGE_OR_FOLDER ... [--project DIR].

By torch, mmdetection's own inference finds the candidates. Those of both sides are compared in their order, above a
score that rounding can't cross. The label maps are those of the same faces.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face_parsing.core.errors import PipelineError, run
from face_parsing.imaging.pictures import is_image, read_image
from face_parsing.runtime.face_parser import FaceParser

NEAR = 2e-4  # scores nearer to the threshold of candidates are left out


@dataclass
class Agreement:
    """How much two runtimes agree.

    Attributes:
        images: Number of images.
        others: Those with another number of candidates.
        box: Largest difference of an edge, in pixels.
        score: Largest difference of a score.
        pixels: The number of pixels of each image with the same class, and of all, by image.
    """

    images: int = 0
    others: int = 0
    box: float = 0.0
    score: float = 0.0
    pixels: list[tuple[int, int]] = field(default_factory=list)

    def add_candidates(self, found: np.ndarray, expected: np.ndarray, threshold: float) -> None:
        """Compare the candidates (n, 5) of an image."""
        found, expected = (each[each[:, 4] > threshold + NEAR] for each in (found, expected))
        self.images += 1
        if len(found) != len(expected):
            self.others += 1
        elif len(found):
            difference = np.abs(found - expected)
            self.box = max(self.box, float(difference[:, :4].max()))
            self.score = max(self.score, float(difference[:, 4].max()))

    def __str__(self) -> str:
        """A Markdown table."""
        same, total = np.sum(self.pixels, axis=0)
        rows = {
            "images": self.images,
            "images with another number of candidates": self.others,
            "largest difference of a box, pixels": f"{self.box:.4f}",
            "largest difference of a score": f"{self.score:.6f}",
            "pixels with the same class": f"{same / total:.4%}",
        }
        return "\n".join(["| compared | |\n|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])


def compared(images: Iterable[np.ndarray], project: Path | None) -> Agreement:
    """Compare both runtimes on images, (H, W, 3) uint8 BGR each."""
    by_torch, by_onnx = (FaceParser(project, "cpu", runtime, finder="detector") for runtime in ("torch", "onnx"))
    assert by_torch.finder is not None and by_onnx.finder is not None
    agreement = Agreement()
    for image in images:
        (expected,), (found,) = (parser.finder([image]) for parser in (by_torch, by_onnx))
        agreement.add_candidates(found, expected, by_torch.recipe.detection.score_threshold)
        faces = by_torch.find([image])
        ((_, expected_map),), ((_, found_map),) = (parser.parse([image], faces) for parser in (by_torch, by_onnx))
        agreement.pixels.append((int((expected_map == found_map).sum()), found_map.size))
    return agreement


def files(given: Sequence[Path]) -> list[Path]:
    """The images among files and below folders, in the order of their names."""
    found = [path for each in given for path in (sorted(each.rglob("*")) if each.is_dir() else [each])]
    images = [path for path in found if is_image(path)]
    if not images:
        raise PipelineError(f"{', '.join(map(str, given))}: no images; expected images or folders of images")
    return images


def main() -> None:
    """Print how much the runtimes agree."""
    parser = argparse.ArgumentParser(prog="python -m tools.runtimes", description=__doc__)
    parser.add_argument("images", nargs="+", type=Path, help="images, and folders of images")
    parser.add_argument("--project", type=Path, help="a trained and exported project; default: the bundled models")
    given = parser.parse_args()
    images = (read_image(path) for path in tqdm(files(given.images), unit="image"))
    print(compared(images, given.project))


if __name__ == "__main__":
    run(main)

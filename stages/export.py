"""Export the networks of the delivered result to ONNX, checked against torch. No stage, but what stages made."""

import argparse
import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from torch import nn

from stages.clips.layout import frames_of, read_image, read_split
from stages.deployment.exporting import export
from stages.deployment.running import run_by_onnx
from stages.faces.boxes import ious
from stages.fusion.scores import Faces
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_file
from stages.prediction.face_parser import FaceParser

CLIPS = Path("data/clips")
FRAMES = 32  # at most, each of another test clip
AGREEMENT = 0.999  # the least with torch


def main() -> None:
    """Write an ONNX file beside the model file of each network."""
    argparse.ArgumentParser(prog="python -m stages.export", description=__doc__).parse_args()
    face_parser = FaceParser(Path(), "cpu")
    images = [read_image(frames_of(CLIPS, clip)[0].image) for clip in read_split(CLIPS, "test")[:FRAMES]]
    faces = [face_parser.find([image])[0] for image in images]

    def candidates_by(model: nn.Module) -> list[np.ndarray]:
        finder = copy.copy(face_parser.finder)
        finder.model = model
        return finder(images)

    def scores_by(model: nn.Module) -> list[Faces]:
        return [
            face_parser.scores(model, [image], [of_image])[0] for image, of_image in zip(images, faces, strict=True)
        ]

    if face_parser.finder:
        export_checked(face_parser.finder.model, Path("models/detector.pth"), candidates_by, box_agreement)
    for weights, model in face_parser.segmenters.items():
        export_checked(model, weights, scores_by, pixel_agreement)


def export_checked(
    model: nn.Module,
    weights: Path,
    run: Callable[[nn.Module], Sequence],
    agreement: Callable[[Sequence, Sequence], float],
) -> None:
    """Export one network beside its model file, unless it runs otherwise than in torch."""
    path = weights.with_suffix(".onnx")
    with whole_file(path) as partial:
        export(model, weights, partial)
        share = agreement(run(run_by_onnx(model, partial, weights)), run(model))
        if not share >= AGREEMENT:
            raise UserError(f"{path}: not written: agrees with torch to {share:.2%}; expected {AGREEMENT:.1%}")
    print(f"agrees with torch to {share:.3%}: {path}", flush=True)


def box_agreement(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """The mean IoU of the surest candidates of each image, (n, 5) each; 0 where only one side has any."""
    surest = [(a[:1, :4], b[:1, :4]) for a, b in zip(found, expected, strict=True) if len(a) or len(b)]
    return float(np.mean([ious(a, b).sum() for a, b in surest] or [1.0]))


def pixel_agreement(found: Sequence[Faces], expected: Sequence[Faces]) -> float:
    """The share of the faces' pixels whose highest score is that of the same class."""
    pairs = zip(found, expected, strict=True)
    same = [a.argmax(0) == b.argmax(0) for x, y in pairs for (_, a), (_, b) in zip(x, y, strict=True)]
    return float(np.mean(np.concatenate(same, axis=None)))


if __name__ == "__main__":
    run(main)

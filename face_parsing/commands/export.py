"""Export the networks of the delivered result to ONNX, checked against torch."""

import argparse
import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from torch import nn

from face_parsing.clips.layout import frames_of, read_split
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_file
from face_parsing.faces.finding import CandidateFinder
from face_parsing.geometry.boxes import ious
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.compositing import ScoredFaces
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.runtime.onnx_export import export
from face_parsing.runtime.onnx_runtime import run_by_onnx
from face_parsing.synthetic.video import render_clip

FRAMES = 32  # maximum, each from another test clip
AGREEMENT = 0.999  # minimum with torch


def main(arguments: argparse.Namespace) -> None:
    """Export the networks of a project or of the bundled models."""
    export_project(arguments.project)


def export_project(project: Path | None) -> None:
    """Write an ONNX file beside each model file of a project.

    Args:
        project: The folder where the pipeline ran; None for the bundled models.

    Raises:
        PipelineError: A network can't be exported, or its outputs differ from torch's. See also FaceParser.
    """
    face_parser = FaceParser(project, "cpu")
    if face_parser.parameters.seg.backbone == "swin":
        # torch exports mmseg's Swin without an error, but the file computes other values.
        raise PipelineError(
            "seg.backbone is swin, which ONNX export does not support; expected se_hrnet, or --runtime torch"
        )
    images = pictures(face_parser)
    faces = [face_parser.find([image])[0] for image in images]

    if face_parser.finder:

        def candidates_by(model: nn.Module, finder: CandidateFinder = face_parser.finder) -> list[np.ndarray]:
            by_model = copy.copy(finder)
            by_model.model = model
            return by_model(images)

        weights = face_parser.project / paths.model_file("detector")
        export_checked(face_parser.finder.model, weights, candidates_by, box_agreement)
    for weights, segmenter in face_parser.segmenters.items():

        def scores_by(network: nn.Module, segmenter: Segmenter = segmenter) -> list[ScoredFaces]:
            by_network = segmenter.with_network(network)
            return [by_network.scores([image], [found])[0] for image, found in zip(images, faces, strict=True)]

        export_checked(segmenter.network, weights, scores_by, pixel_agreement)


def pictures(face_parser: FaceParser) -> list[np.ndarray]:
    """The first frame of each test clip, (H, W, 3) uint8 BGR; rendered where the project has no clips."""
    clips = face_parser.project / paths.CLIPS
    if clips.is_dir():
        return [read_image(frames_of(clips, clip)[0].image) for clip in read_split(clips, "test")[:FRAMES]]
    synthetic, size = face_parser.parameters.synthetic, face_parser.parameters.chosen.clips
    return [next(render_clip(synthetic, size, face_parser.labels, "test", clip))[0] for clip in range(FRAMES)]


def export_checked(
    model: nn.Module,
    weights: Path,
    run: Callable[[nn.Module], Sequence],
    agreement: Callable[[Sequence, Sequence], float],
) -> None:
    """Export one network beside its model file.

    Args:
        model: The segmentor or detector.
        weights: Its model file.
        run: Runs a model on the test images.
        agreement: Compares the outputs of two runs, 0 to 1.

    Raises:
        PipelineError: The agreement with torch is below AGREEMENT; nothing is written.
    """
    path = weights.with_suffix(".onnx")
    with atomic_file(path) as partial:
        export(model, weights, partial)
        share = agreement(run(run_by_onnx(model, partial, weights)), run(model))
        if not share >= AGREEMENT:
            raise PipelineError(f"{path}: not written: agrees with torch to {share:.2%}; expected {AGREEMENT:.1%}")
    print(f"agrees with torch to {share:.3%}: {path}", flush=True)


def box_agreement(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Mean IoU of each image's candidates (n, 5) with the highest scores; 0 where only one side has candidates."""
    best = [(a[:1, :4], b[:1, :4]) for a, b in zip(found, expected, strict=True) if len(a) or len(b)]
    return float(np.mean([ious(a, b).sum() for a, b in best] or [1.0]))


def pixel_agreement(found: Sequence[ScoredFaces], expected: Sequence[ScoredFaces]) -> float:
    """Share of the faces' pixels where both sides give the highest score to the same class."""
    pairs = zip(found, expected, strict=True)
    same = [a.argmax(0) == b.argmax(0) for x, y in pairs for (_, a), (_, b) in zip(x, y, strict=True)]
    return float(np.mean(np.concatenate(same, axis=None)))

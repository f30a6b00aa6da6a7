"""Export the networks of the delivered result to ONNX, checked against torch."""

import argparse
import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from face_parsing.app.face_parser import FaceParser
from face_parsing.app.onnx_export import export
from face_parsing.app.onnx_runtime import run_by_onnx
from face_parsing.faces.boxes import ious
from face_parsing.faces.finding import CandidateFinder
from face_parsing.parsing.composing import ScoredFaces
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.outputs import whole_file
from face_parsing.pipeline.pictures import read_image
from face_parsing.synthetic.video import render_clip

FRAMES = 32  # at most, each of another test clip
AGREEMENT = 0.999  # the least with torch


def main(arguments: argparse.Namespace) -> None:
    """Export the networks of a project, or of the models in the box."""
    export_project(arguments.project)


def export_project(project: Path | None) -> None:
    """Write an ONNX file beside the model file of each network of a project; None for the models in the box.

    Raises:
        UserError: a network can't be exported, or runs otherwise than in torch; see also FaceParser.
    """
    face_parser = FaceParser(project, "cpu")
    if face_parser.parameters.seg.backbone == "swin":
        # torch exports mmseg's Swin without a fault, and the file computes other values.
        raise UserError("seg.backbone is swin, which is not exported to ONNX; expected se_hrnet, or run it by torch")
    images = pictures(face_parser)
    faces = [face_parser.find([image])[0] for image in images]

    if face_parser.finder:

        def candidates_by(model: nn.Module, finder: CandidateFinder = face_parser.finder) -> list[np.ndarray]:
            by_model = copy.copy(finder)
            by_model.model = model
            return by_model(images)

        weights = face_parser.project / "models/detector.pth"
        export_checked(face_parser.finder.model, weights, candidates_by, box_agreement)
    for weights, segmenter in face_parser.segmenters.items():

        def scores_by(network: nn.Module, segmenter: Segmenter = segmenter) -> list[ScoredFaces]:
            by_network = replace(segmenter, network=network)
            return [by_network.scores([image], [of_image])[0] for image, of_image in zip(images, faces, strict=True)]

        export_checked(segmenter.network, weights, scores_by, pixel_agreement)


def pictures(face_parser: FaceParser) -> list[np.ndarray]:
    """The first frame of each test clip, (H, W, 3) uint8 BGR; rendered for models that come without their clips."""
    clips = face_parser.project / "data/clips"
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


def pixel_agreement(found: Sequence[ScoredFaces], expected: Sequence[ScoredFaces]) -> float:
    """The share of the faces' pixels whose highest score is that of the same class."""
    pairs = zip(found, expected, strict=True)
    same = [a.argmax(0) == b.argmax(0) for x, y in pairs for (_, a), (_, b) in zip(x, y, strict=True)]
    return float(np.mean(np.concatenate(same, axis=None)))

"""Export the models of the delivered result to a folder that needs neither torch nor mm*, checked against torch."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from face_parsing.clips.layout import frames_of, read_split
from face_parsing.core import paths
from face_parsing.core.digests import sha256
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.faces.tracks import clip_faces
from face_parsing.geometry.boxes import ious
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.compositing import ScoredFaces
from face_parsing.parsing.segmenter import SegmenterUse
from face_parsing.runtime.bundled import bundled_project
from face_parsing.runtime.project import existing, read_parameters
from face_parsing.runtime.recipe import recipe_of

if TYPE_CHECKING:
    from face_parsing.parameters import Tree

FRAMES = 32  # maximum, each from another test clip
AGREEMENT = 0.999  # minimum with torch


def main(arguments: argparse.Namespace) -> None:
    """Export the models of a project or of the bundled models."""
    export_project(arguments.project, arguments.output)


def export_project(project: Path | None, output: Path | None = None) -> None:
    """Write a folder of ONNX files and models.json, which FaceParser runs by itself.

    Args:
        project: The folder where the pipeline ran; None for the bundled models.
        output: The folder to write; None for ``exported`` in the project, where FaceParser finds it.

    Raises:
        PipelineError: A network can't be exported, or its outputs differ from torch's: nothing is written. See also
            FaceParser.
    """
    # Imported here: they take seconds, and the command demo imports this module.
    from face_parsing.export.onnx_files import input_scale, write_detector, write_segmenter
    from face_parsing.parsing.trained_network import TrainedNetwork
    from face_parsing.runtime.exported import (
        CONTENTS,
        Contents,
        DetectorFile,
        ExportedModels,
        SegmenterFile,
        input_sides,
    )
    from face_parsing.runtime.trained import TrainedModels

    models = bundled_project() if project is None else project
    parameters = read_parameters(models)
    if parameters.seg.backbone == "swin":
        # torch exports mmseg's Swin without an error, but the file computes other values.
        raise PipelineError(
            "seg.backbone is swin, which ONNX export does not support; expected se_hrnet, or --runtime torch"
        )
    recipe = recipe_of(parameters, read_labels(existing(models / paths.LABELS)))
    trained = TrainedModels(models, parameters, recipe, "cpu")
    finder = trained.finder(recipe.detection)
    use = SegmenterUse(recipe.crop, recipe.input, recipe.test, probabilities=False)
    by_torch = dict(zip(recipe.members, trained.segmenters(use).values(), strict=True))
    target = output or models / paths.EXPORTED
    check_place(target, CONTENTS)
    with atomic_directory(target) as folder:
        write_detector(finder.model, folder / "detector.onnx")
        detector = DetectorFile(
            file="detector.onnx",
            sha256=sha256(folder / "detector.onnx"),
            weights=sha256(trained.weights["detector"]),
            scale=input_scale(finder.config),
        )
        # Without test scales every input has one size.
        sides = input_sides(recipe)
        side = sides.pop() if len(sides) == 1 else None
        segmenters = []
        for name, segmenter in by_torch.items():
            file, network = folder / f"{name}.onnx", segmenter.network
            assert isinstance(network, TrainedNetwork)
            write_segmenter(network.model, file, side)
            segmenters.append(
                SegmenterFile(
                    name=name,
                    file=file.name,
                    sha256=sha256(file),
                    weights=sha256(trained.weights[name]),
                    log_class_weights=list(segmenter.log_class_weights),
                    side=side,
                    guided=network.guided,
                    gated=network.gated,
                )
            )
        contents = Contents(format=1, recipe=recipe, detector=detector, segmenters=segmenters)
        (folder / CONTENTS).write_text(f"{contents.model_dump_json(indent=2)}\n", encoding="utf-8")
        exported = ExportedModels(folder, "cpu")
        images = pictures(models, parameters, recipe.label_table)
        candidates = finder(images)
        agreements = {"detector": box_agreement(exported.finder(recipe.detection)(images), candidates)}
        sizes, threshold = [image.shape[:2] for image in images], recipe.detection.secondary_face_threshold
        faces = [clip_faces([found], [size], threshold)[0] for found, size in zip(candidates, sizes, strict=True)]
        for (model, expected), found in zip(by_torch.items(), exported.segmenters(use).values(), strict=True):
            # Image by image, since scores at full resolution take much memory.
            shares = [
                pixel_agreement(found.scores([image], [near]), expected.scores([image], [near]))
                for image, near in zip(images, faces, strict=True)
            ]
            agreements[model] = float(np.mean(shares))
        check_agreements(target, agreements)
    for network_name, share in agreements.items():
        print(f"agrees with torch to {share:.3%}: {target / f'{network_name}.onnx'}", flush=True)


def check_agreements(target: Path, agreements: Mapping[str, float]) -> None:
    """Check how much exported networks agree with torch, 0 to 1 by name.

    Raises:
        PipelineError: One agrees by less than AGREEMENT.
    """
    for name, share in agreements.items():
        if not share >= AGREEMENT:
            raise PipelineError(
                f"{target}: not written: {name} agrees with torch to {share:.2%}; expected {AGREEMENT:.1%}"
            )


def check_place(target: Path, contents: str) -> None:
    """Check that an export replaces nothing but an earlier one.

    Raises:
        PipelineError: The folder holds something else.
    """
    if target.exists() and not (target / contents).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise PipelineError(f"{target}: exists and is not an export; expected another --output")


def pictures(project: Path, parameters: "Tree", labels: LabelTable) -> list[np.ndarray]:
    """The first frame of each test clip, (H, W, 3) uint8 BGR; rendered where the project has no clips."""
    clips = project / paths.CLIPS
    if clips.is_dir():
        return [read_image(frames_of(clips, clip)[0].image) for clip in read_split(clips, "test")[:FRAMES]]
    from face_parsing.synthetic.video import render_clip

    synthetic, size = parameters.synthetic, parameters.chosen.clips
    return [next(render_clip(synthetic, size, labels, "test", clip))[0] for clip in range(FRAMES)]


def box_agreement(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Mean IoU of each image's candidates (n, 5) with the highest scores; 0 where only one side has candidates."""
    best = [(a[:1, :4], b[:1, :4]) for a, b in zip(found, expected, strict=True) if len(a) or len(b)]
    return float(np.mean([ious(a, b).sum() for a, b in best] or [1.0]))


def pixel_agreement(found: Sequence[ScoredFaces], expected: Sequence[ScoredFaces]) -> float:
    """Share of the faces' pixels where both sides give the highest score to the same class."""
    pairs = zip(found, expected, strict=True)
    same = [a.argmax(0) == b.argmax(0) for x, y in pairs for (_, a), (_, b) in zip(x, y, strict=True)]
    return float(np.mean(np.concatenate(same, axis=None)))

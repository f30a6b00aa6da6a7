"""Draws the effect of each transform of the segmenters' training: python -m tools.transforms OUTPUT."""

import argparse
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import init_default_scope
from mmseg.registry import TRANSFORMS

from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.labels import IGNORE_INDEX, LabelTable, read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.parameters import read
from face_parsing.faces.boxes import excluded_ids, face_boxes
from face_parsing.faces.parameters import Boxes, TrainCrops
from face_parsing.geometry.squares import Crop, cut, square
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.imaging.resizing import resized_image, resized_labels
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.parameters import Augmentation, SegmenterSchedule, SegmenterTraining
from face_parsing.segmenter.training_config import CropTraining, segmenter_config
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

CLIP = 2  # a train clip whose first frame shows a whole frontal face
DRAWS = 4
SIDE = 128  # side of a panel in pixels
TITLE = 150
QUALITY = 80
SHOWN = ("RandomSquare", "PartialFace", "RandomFlip", "RandomRotate", "ColourJitter")


def picture(image: np.ndarray, label_map: np.ndarray, transforms: list[dict], labels: LabelTable) -> np.ndarray:
    """Rows for the unchanged crop, for each transform alone, and for the whole pipeline: (H, W, 3) uint8 BGR.

    A row holds several draws, each an image and its label map; ignored pixels are white.

    Args:
        image: The crop, (S, S, 3) uint8 BGR.
        label_map: Its label map, (S, S) uint8.
        transforms: Configs of the transforms, in order.
        labels: The classes and their colors.
    """
    alone = [(config["type"], [_always(config)], DRAWS) for config in transforms if config["type"] in SHOWN]
    rows = [("crop", [], 1), *alone, ("all together", transforms, DRAWS)]
    return np.vstack([_row(title, configs, draws, image, label_map, labels) for title, configs, draws in rows])


def _always(config: dict) -> dict:
    return config | (dict(prob=1.0) if "prob" in config else {})


def _row(
    title: str, configs: list[dict], draws: int, image: np.ndarray, label_map: np.ndarray, labels: LabelTable
) -> np.ndarray:
    transforms: list[BaseTransform] = [TRANSFORMS.build(config) for config in configs]
    row = np.full((SIDE, TITLE + 2 * DRAWS * SIDE, 3), 255, np.uint8)
    cv2.putText(row, title, (4, SIDE // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA)
    for draw in range(draws):
        results = dict(
            img=image.copy(), gt_seg_map=label_map.copy(), img_shape=image.shape[:2], seg_fields=["gt_seg_map"]
        )
        for transform in transforms:
            results = transform(results)
        drawn_map = resized_labels(results["gt_seg_map"], (SIDE, SIDE))
        colors = labels.palette[np.where(drawn_map == IGNORE_INDEX, 0, drawn_map)][..., ::-1].copy()
        colors[drawn_map == IGNORE_INDEX] = 255
        left = TITLE + 2 * draw * SIDE
        row[:, left : left + SIDE] = resized_image(results["img"], (SIDE, SIDE))
        row[:, left + SIDE : left + 2 * SIDE] = colors
    return row


def _crop(labels: LabelTable) -> tuple[np.ndarray, np.ndarray]:
    """The face of a rendered frame, cropped as in the stage crop: (S, S, 3) and (S, S) uint8."""
    clips = read("profiles.${profile}.clips", RenderedClips)
    image, label_map = next(iter(render_clip(read("synthetic", Synthetic), clips, labels, "train", CLIP)))
    boxes = read("boxes", Boxes)
    box = face_boxes(label_map, labels, excluded_ids(boxes.exclude, labels), boxes.min_area)[0]
    crop = read("crop", Crop)
    around = square(box, crop.margin + read("train_crops", TrainCrops).context)
    return cut(image, around, crop.pad_value), cut(label_map, around, IGNORE_INDEX, resized_labels)


def main() -> None:
    """Draw the transforms with the settings of params.yaml and the segmenter's config."""
    parser = argparse.ArgumentParser(prog="python -m tools.transforms", description=__doc__)
    parser.add_argument("output", type=Path, help="a JPEG file")
    output = parser.parse_args().output
    labels = read_labels(paths.DEFAULT_LABELS)
    config = segmenter_config(
        Architecture(paths.segmenter_config(read("seg.backbone", str), read("profile", str)), MODEL_NAMES[0]),
        read("seg.train", SegmenterTraining),
        CropTraining(
            Path(),
            labels,
            [1.0] * len(labels),
            read("profiles.${profile}.segmenter", SegmenterSchedule),
            1,
            read("seg.augment", Augmentation),
        ),
    )
    loaders = ("LoadImageFromFile", "LoadAnnotations", "PackSegInputs")
    transforms = [step for step in config.train_dataloader.dataset.pipeline if step["type"] not in loaders]
    init_default_scope("mmseg")
    np.random.seed(0)
    write_jpeg(output, picture(*_crop(labels), transforms, labels), QUALITY)
    print(output)


if __name__ == "__main__":
    run(main)

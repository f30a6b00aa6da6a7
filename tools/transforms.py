"""What each transform of the segmenters' training does to a crop: python -m tools.transforms OUTPUT."""

import argparse
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import init_default_scope
from mmseg.registry import TRANSFORMS

from face_parsing.faces.boxes import excluded_ids, face_boxes
from face_parsing.faces.crops import cut, square
from face_parsing.faces.parameters import Boxes, Crop, TrainCrops
from face_parsing.pipeline.entry import run
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable, read_labels
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.pictures import write_jpeg
from face_parsing.pipeline.reading import read
from face_parsing.pipeline.resizing import resized_image, resized_labels
from face_parsing.segmenter.building import training_config
from face_parsing.segmenter.parameters import Augmentation, Segmenter, SegmenterTraining
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

CLIP = 2  # a train clip whose first frame shows a whole face from the front
DRAWS = 4
SIDE = 128  # pixels of a panel
TITLE = 150
QUALITY = 80
SHOWN = ("RandomSquare", "PartialFace", "RandomFlip", "RandomRotate", "ColourJitter")


def picture(image: np.ndarray, label_map: np.ndarray, transforms: list[dict], labels: LabelTable) -> np.ndarray:
    """A row for the crop as it is, for each transform alone, and for the whole pipeline: (H, W, 3) uint8 BGR.

    A row holds several draws, each an image and its label map; ignored pixels are white.

    Args:
        image: (S, S, 3) uint8 BGR.
        label_map: (S, S) uint8.
        transforms: configs, in their order.
        labels: the classes and their colours.
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
        of_labels = resized_labels(results["gt_seg_map"], (SIDE, SIDE))
        colours = labels.palette[np.where(of_labels == IGNORE_INDEX, 0, of_labels)][..., ::-1].copy()
        colours[of_labels == IGNORE_INDEX] = 255
        left = TITLE + 2 * draw * SIDE
        row[:, left : left + SIDE] = resized_image(results["img"], (SIDE, SIDE))
        row[:, left + SIDE : left + 2 * SIDE] = colours
    return row


def _crop(labels: LabelTable) -> tuple[np.ndarray, np.ndarray]:
    """The face of a rendered frame, cut out as stage crop does: (S, S, 3) and (S, S)."""
    clips = read("profiles.${profile}.clips", RenderedClips)
    image, label_map = next(iter(render_clip(read("synthetic", Synthetic), clips, labels, "train", CLIP)))
    boxes = read("boxes", Boxes)
    box = face_boxes(label_map, labels, excluded_ids(boxes.exclude, labels), boxes.min_area)[0]
    crop = read("crop", Crop)
    around = square(box, crop.margin + read("train_crops", TrainCrops).context)
    return cut(image, around, crop.pad_value), cut(label_map, around, IGNORE_INDEX, resized_labels)


def main() -> None:
    """Draw the transforms as params.yaml and the segmenter's config set them."""
    parser = argparse.ArgumentParser(prog="python -m tools.transforms", description=__doc__)
    parser.add_argument("output", type=Path, help="a JPEG file")
    output = parser.parse_args().output
    labels = read_labels(Path("configs/labels.yaml"))
    config = training_config(
        Path(f"configs/segmenter/{read('seg.backbone', str)}/{read('profile', str)}.py"),
        MODEL_NAMES[0],
        labels,
        read("profiles.${profile}.segmenter", Segmenter),
        1,
        read("seg.train", SegmenterTraining),
        read("seg.augment", Augmentation),
        Path(),
        [1.0] * len(labels),
    )
    loaders = ("LoadImageFromFile", "LoadAnnotations", "PackSegInputs")
    transforms = [each for each in config.train_dataloader.dataset.pipeline if each["type"] not in loaders]
    init_default_scope("mmseg")
    np.random.seed(0)
    write_jpeg(output, picture(*_crop(labels), transforms, labels), QUALITY)
    print(output)


if __name__ == "__main__":
    run(main)

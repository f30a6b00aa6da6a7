"""The effect of one bad frame on later frames, with and without mask propagation: python -m tools.bad_frame.

The project's models need seg.mask_propagation. Noise replaces one frame of each test clip, and its faces keep their
boxes. A frame's J is the mean over the classes of its ground truth, before vote and GrabCut. The table has means over
clips.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face_parsing.clips.face_table import Face, faces_of
from face_parsing.clips.layout import Frame, frames_of, read_split
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.metrics.region import confusion_matrix, region_similarity
from face_parsing.parsing.segmenter import Segmenter
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.variants.mask_propagation.following import follow

ROWS = ("alone", "with masks", "with masks, a bad frame")


def main() -> None:
    """Print a Markdown table of each delivered model: rows with and without masks, one column a frame."""
    parser = argparse.ArgumentParser(prog="python -m tools.bad_frame", description=__doc__)
    parser.add_argument("--frame", type=int, default=3, help="which frame of each clip is noise, from 0 (default: 3)")
    parser.add_argument("--split", choices=("val", "test"), default="test")
    arguments = parser.parse_args()
    models = FaceParser(Path(), "cpu")
    if models.recipe.mask_propagation == "none":
        raise PipelineError("params.yaml: seg.mask_propagation is none; expected feed or gated")
    clips = [frames_of(paths.CLIPS, clip) for clip in read_split(paths.CLIPS, arguments.split)]
    for weights, segmenter in models.segmenters.items():
        rows: list[list[list[float]]] = [[], [], []]
        for frames in tqdm(clips, desc=weights.stem, unit="clip"):
            for row, scores in zip(rows, scores_of(segmenter, frames, arguments.frame), strict=True):
                row.append(scores)
        print(f"| {weights.stem} | {' | '.join(map(str, range(len(rows[0][0]))))} |")
        print("|---" * (len(rows[0][0]) + 1) + "|")
        for title, row in zip(ROWS, rows, strict=True):
            print(f"| {title} | {' | '.join(f'{j:.3f}' for j in np.nanmean(row, axis=0))} |")


def scores_of(segmenter: Segmenter, frames: Sequence[Frame], bad: int) -> Iterator[list[float]]:
    """Yield J of a clip's frames, for each of ROWS.

    Args:
        segmenter: A segmenter of a GuidedEANet.
        frames: Frames of the clip.
        bad: Index of the frame that is noise in the last row.
    """
    faces = faces_of(frames, paths.FACES)
    images = [read_image(frame.image) for frame in frames]
    truths = [read_label_map(frame.annotation) for frame in frames]
    yield [
        j(segmenter([image], [frame_faces])[0].label_map, truth)
        for image, frame_faces, truth in zip(images, faces, truths, strict=True)
    ]
    noise = np.random.default_rng(0).integers(0, 256, images[bad].shape, np.uint8)
    for clip in (images, [*images[:bad], noise, *images[bad + 1 :]]):
        yield guided(segmenter, clip, faces, truths)


def guided(
    segmenter: Segmenter, images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]], truths: Sequence[np.ndarray]
) -> list[float]:
    """J of a clip's frames, each parsed with the previous frame's mask."""
    followed = follow([segmenter], images, faces)
    return [j(prediction.label_map, truth) for (_, (prediction,)), truth in zip(followed, truths, strict=True)]


def j(label_map: np.ndarray, truth: np.ndarray) -> float:
    """J of a label map (H, W) uint8, the mean over the classes of its ground truth; NaN without any class."""
    counted = truth != IGNORE_INDEX
    classes = np.unique(truth[counted & (truth > 0)])
    if not len(classes):
        return float("nan")
    return float(region_similarity(confusion_matrix(truth[counted], label_map[counted]))[classes].mean())


if __name__ == "__main__":
    run(main)

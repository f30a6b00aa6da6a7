"""Scores the ground truth at each size of the network's input and of its logits: python -m tools.oracle.

This is the upper bound that the resolution sets. Each face of the test clips is cropped as in the stage segment, its
true labels are resized and resized back, and the result is scored. The project is read, not changed.
"""

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from face_parsing.clips.face_table import Face, faces_of
from face_parsing.clips.layout import frames_of, read_split
from face_parsing.compute.parallel import parallel_map
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.core.parameters import read
from face_parsing.geometry.squares import Crop, cut, paste, square
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.resizing import resized_image, resized_labels
from face_parsing.metrics.scoring import ClipScore, score_clip, summarise
from face_parsing.parsing.compositing import upsampled_argmax

SIZES = (24, 32, 40, 48, 64, 80, 96, 128, 160)

Oracle = Callable[[np.ndarray, int], np.ndarray]  # takes a square's labels and a size, returns the resized labels


def hard(label_map: np.ndarray, size: int) -> np.ndarray:
    """Labels (S, S) resized to ``size`` pixels a side and back, by nearest neighbor."""
    side = len(label_map)
    return resized_labels(resized_labels(label_map, (size, size)), (side, side))


def soft(label_map: np.ndarray, size: int, classes: int) -> np.ndarray:
    """Labels (S, S) from class shares in ``size`` cells a side, upsampled bilinearly: the bound for logits."""
    shares = [np.float32(label_map == label) for label in range(classes)]
    return upsampled_argmax(np.stack([resized_image(share, (size, size)) for share in shares]), len(label_map))


def score_one(clip: str, faces: dict[tuple[str, str], list[Face]], crop: Crop, oracle: Oracle, size: int) -> ClipScore:
    """The score of a clip whose face labels went through an oracle."""
    rows = []
    for frame in frames_of(paths.CLIPS, clip):
        truth = read_label_map(frame.annotation)
        prediction = np.zeros_like(truth)
        for face in sorted(faces[clip, frame.name], key=lambda face: face.score):
            place = square(face.box, crop.margin)
            labels = cut(truth, place, 0, resized_labels)
            labels[labels == IGNORE_INDEX] = 0
            paste(prediction, oracle(labels, size), place)
        rows.append((frame.name, truth, prediction))
    return score_clip(clip, rows, "truth", skip_ends=False)


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(prog="python -m tools.oracle", description=__doc__).parse_args()
    if not paths.FACES.is_file():
        raise PipelineError(f"{paths.FACES}: missing; expected the detector's faces: run `dvc repro detect` first")
    crop, clips = read("crop", Crop), read_split(paths.CLIPS, "test")
    frames = [frame for clip in clips for frame in frames_of(paths.CLIPS, clip)]
    pairs = zip(frames, faces_of(frames, paths.FACES), strict=True)
    faces = {(frame.clip, frame.name): frame_faces for frame, frame_faces in pairs}
    oracles: list[Oracle] = [hard, partial(soft, classes=len(read_labels(paths.LABELS)))]
    print("| size | JF, J, F of hard labels | JF, J, F of shares of classes |\n|---|---|---|")
    for size in SIZES:
        row = [str(size)]
        for oracle in oracles:
            work = partial(score_one, faces=faces, crop=crop, oracle=oracle, size=size)
            numbers, _ = summarise(parallel_map(work, clips, f"oracle {size}"))
            row.append(", ".join(f"{numbers[key]:.3f}" for key in ("JF", "J_mean", "F_mean")))
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    run(main)

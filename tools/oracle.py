"""What the truth itself scores at each size of the network's input and of its logits: python -m tools.oracle.

The bound that the resolution alone sets: each face of the test clips is cut out as stage segment does, its true labels
are brought to a size and back, and the result is scored. The project's clips and faces are used, and nothing changes.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from face_parsing.evaluation.scoring import ClipScore, score_clip, summarise
from face_parsing.faces.crops import cut, paste, square
from face_parsing.faces.parameters import Crop
from face_parsing.parsing.composing import upsampled_argmax
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.face_table import Face, faces_of
from face_parsing.pipeline.labels import IGNORE_INDEX, read_labels
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import read_label_map
from face_parsing.pipeline.reading import read
from face_parsing.pipeline.resizing import resized_image, resized_labels

CLIPS = Path("data/clips")
FACES = Path("data/faces.csv")
LABELS = Path("data/labels.yaml")
SIZES = (24, 32, 40, 48, 64, 80, 96, 128, 160)

Oracle = Callable[[np.ndarray, int], np.ndarray]  # a square's labels, and a size, to the labels that are left of them


def hard(label_map: np.ndarray, size: int) -> np.ndarray:
    """Labels (S, S) brought to ``size`` pixels a side and back, each the nearest."""
    side = len(label_map)
    return resized_labels(resized_labels(label_map, (size, size)), (side, side))


def soft(label_map: np.ndarray, size: int, classes: int) -> np.ndarray:
    """Labels (S, S) made of each class's share in ``size`` cells a side, upsampled bilinearly: the best of logits."""
    shares = [np.float32(label_map == label) for label in range(classes)]
    return upsampled_argmax(np.stack([resized_image(share, (size, size)) for share in shares]), len(label_map))


def score_one(clip: str, faces: dict[tuple[str, str], list[Face]], crop: Crop, oracle: Oracle, size: int) -> ClipScore:
    """The score of a clip of which the faces' labels have been through an oracle."""
    rows = []
    for frame in frames_of(CLIPS, clip):
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
    if not FACES.is_file():
        raise UserError(f"{FACES}: missing; expected the detector's faces: run `dvc repro detect` first")
    crop, clips = read("crop", Crop), read_split(CLIPS, "test")
    frames = [frame for clip in clips for frame in frames_of(CLIPS, clip)]
    pairs = zip(frames, faces_of(frames, FACES), strict=True)
    faces = {(frame.clip, frame.name): of_frame for frame, of_frame in pairs}
    oracles: list[Oracle] = [hard, partial(soft, classes=len(read_labels(LABELS)))]
    print("| size | JF, J, F of hard labels | JF, J, F of shares of classes |\n|---|---|---|")
    for size in SIZES:
        row = [str(size)]
        for oracle in oracles:
            work = partial(score_one, faces=faces, crop=crop, oracle=oracle, size=size)
            numbers, _ = summarise(each(work, clips, f"oracle {size}"))
            row.append(", ".join(f"{numbers[key]:.3f}" for key in ("JF", "J_mean", "F_mean")))
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    run(main)

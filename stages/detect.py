"""The faces of every frame, and how well those of the test frames are found."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from stages.clips.labels import read_labels
from stages.clips.layout import SPLITS, Frame, frames_of, read_image, read_label_map, read_split
from stages.detection.inference import shared_finder
from stages.faces.boxes import excluded_ids, face_mask
from stages.faces.coco import boxes_by_file, read_coco
from stages.faces.crops import square
from stages.faces.recall import area_in_crops, average_precision, recall
from stages.faces.table import BOX, COLUMNS, write_faces
from stages.faces.tracks import clip_faces
from stages.parameters.detector import Model
from stages.parameters.faces import Crop, Detection
from stages.parameters.reading import read
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_file
from stages.pipeline.parallel import each

PARAMETERS = {"det.model": Model, "det.test": Detection, "crop": Crop, "boxes.exclude": list[str]}
CONFIGS = Path("configs/detector")
CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
TEST_BOXES = Path("data/boxes/test.json")
MODEL = Path("models/detector.pth")
FACES = Path("data/faces.csv")
METRICS = Path("metrics/detector.json")

FindCandidates = Callable[[Iterable[np.ndarray]], list[np.ndarray]]


def faces_of_clip(clip: str, name: str, detection: Detection) -> list[tuple]:
    """The rows of the face table for a clip, by the trained detector of the config called ``name``, if any finds."""
    if detection.finder == "detector":
        paths = CONFIGS / f"{name}.py", MODEL.resolve()
        find = shared_finder(*paths, detection.batch_size, detection.score_threshold)
    else:
        find = find_nothing
    return faces_in(frames_of(CLIPS, clip), find, detection.further_score)


def faces_in(frames: list[Frame], find: FindCandidates, further_score: float) -> list[tuple]:
    """The rows of the face table for one clip's frames; ``find`` answers images with candidates."""
    sizes = []

    def images() -> Iterator[np.ndarray]:
        for frame in frames:
            image = read_image(frame.image)
            sizes.append(image.shape[:2])
            yield image

    candidates = find(images())  # fills sizes
    found = clip_faces(candidates, sizes, further_score)
    return [
        (frame.clip, frame.name, *face.box, face.score, face.source)
        for frame, faces in zip(frames, found, strict=True)
        for face in faces
    ]


def find_nothing(images: Iterable[np.ndarray]) -> list[np.ndarray]:
    """No candidate in any image, which makes it one whole face."""
    return [np.zeros((0, 5)) for _ in images]


def area_shares(margin: float, excluded: list[int], clip: tuple[str, pd.DataFrame]) -> list[float]:
    """Of every frame of a clip (its name, its rows of the face table) the share of the face's area in the crops.

    Pixels of the ``excluded`` ids are no face's.
    """
    name, faces = clip
    shares = []
    for frame in frames_of(CLIPS, name):
        squares = [square(box, margin) for box in faces.loc[faces.frame == frame.name, BOX].to_numpy()]
        shares.append(area_in_crops(face_mask(read_label_map(frame.annotation), excluded), squares))
    return shares


def metrics_of(faces: pd.DataFrame, truths: dict[str, np.ndarray], shares: list[float]) -> dict[str, float | None]:
    """The detector's metrics on the frames of ``truths`` (file name to (n, 4) boxes).

    Fractions, None where no frame has a face; ``detected``, ``interpolated`` and ``whole_frame`` count frames by where
    the main face's box comes from.
    """
    by_frame = {key: rows[[*BOX, "score"]].to_numpy() for key, rows in faces.groupby(["clip", "frame"])}
    found = [by_frame[Path(name).parent.as_posix(), Path(name).stem] for name in truths]
    boxes = list(truths.values())
    shares = [share for share in shares if not math.isnan(share)] or [math.nan]
    fractions = {
        "recall_50": recall(boxes, found, 0.5),
        "recall_75": recall(boxes, found, 0.75),
        "AP": average_precision(boxes, found),
        "face_area_in_crop_mean": float(np.mean(shares)),
        "face_area_in_crop_worst": float(min(shares)),
    }
    sources = Counter(faces.drop_duplicates(["clip", "frame"]).source)
    counts = {source: sources[source] for source in ("detected", "interpolated", "whole_frame")}
    return {name: None if math.isnan(value) else round(value, 6) for name, value in fractions.items()} | counts


def main() -> None:
    """Write data/faces.csv and metrics/detector.json."""
    name, detection, crop, exclude = (read(key, schema) for key, schema in PARAMETERS.items())
    clips = [clip for split in SPLITS for clip in read_split(CLIPS, split)]
    work = partial(faces_of_clip, name=name, detection=detection)
    # On the CPU NMS and RoIAlign run on one thread, so that a process a core is faster; a GPU is fed by one.
    found = map(work, tqdm(clips, desc="detecting")) if torch.cuda.is_available() else each(work, clips, "detecting")
    rows = [row for of_clip in found for row in of_clip]

    faces = pd.DataFrame(rows, columns=COLUMNS)
    test = [(clip, faces[faces["clip"] == clip]) for clip in read_split(CLIPS, "test")]
    measure = partial(area_shares, crop.margin, excluded_ids(exclude, read_labels(LABELS)))
    shares = [share for clip in each(measure, test, "measuring") for share in clip]
    truths = boxes_by_file(read_coco(TEST_BOXES))
    metrics = metrics_of(pd.concat([rows for _, rows in test]), truths, shares)
    write_faces(FACES, rows)
    with whole_file(METRICS) as partial_file:
        partial_file.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    sources = Counter(faces.source)
    counts = ", ".join(f"{sources[source]} {source}" for source in ("detected", "interpolated", "whole_frame"))
    print(f"{len(faces)} faces ({counts}), test recall at IoU 0.5 {metrics['recall_50']}: {FACES}, {METRICS}")


if __name__ == "__main__":
    run(main)

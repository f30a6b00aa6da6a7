import numpy as np
import pandas as pd
import pytest

from face_parsing.clips.face_table import COLUMNS, Face, rows_of
from face_parsing.detector.coco import LabelledFrame, coco_file
from face_parsing.faces.detection_metrics import area_in_crops, box_metrics
from face_parsing.geometry.squares import Square


def metrics(truths: list, found: list) -> dict[str, float]:
    """Of each frame the true boxes, (n, 4), and those found with their scores, (m, 5)."""
    truth = coco_file(
        LabelledFrame(f"a/{i}.jpg", (600, 600), np.array(boxes).reshape(-1, 4)) for i, boxes in enumerate(truths)
    )
    rows = [
        row
        for i, frame in enumerate(found)
        for row in rows_of("a", str(i), [Face(tuple(box), score, "detected") for *box, score in frame])
    ]
    return box_metrics(truth, pd.DataFrame(rows, columns=COLUMNS))


def matched(truths: list, found: list, iou: float) -> float:
    """Recall by brute force: of the found boxes, best first, each takes the free true box that it overlaps most."""
    hits = 0
    for boxes, frame in zip(truths, found, strict=True):
        free = [tuple(box) for box in boxes]
        for *box, _score in sorted(frame, key=lambda guess: -guess[4]):
            best = max(free, key=lambda true: overlap(box, true), default=None)
            if best is not None and overlap(box, best) >= iou:
                free.remove(best)
                hits += 1
    return hits / sum(map(len, truths))


def overlap(a, b) -> float:
    width, height = (max(min(a[i + 2], b[i + 2]) - max(a[i], b[i]), 0) for i in (0, 1))
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(area) - width * height)


def random_frames(seed: int, count: int = 40) -> tuple[list, list]:
    """True boxes, and found ones that are true boxes moved a little, doubled, missing or invented."""
    rng = np.random.default_rng(seed)
    truths, found = [], []
    for _ in range(count):
        corner = rng.integers(0, 300, (rng.integers(0, 4), 2))
        truth = np.hstack([corner, corner + rng.integers(60, 150, corner.shape)])
        guesses = np.vstack([truth, truth[:1], [[400, 400, 470, 470]]])
        guesses = guesses + rng.normal(0, 6, guesses.shape)
        guesses = guesses[rng.random(len(guesses)) < 0.8]
        truths.append(truth.tolist())
        found.append(np.hstack([guesses, rng.random((len(guesses), 1))]).tolist())
    return truths, found


@pytest.mark.parametrize("seed", range(3))
def test_recall_is_that_of_matching_one_to_one(seed):
    truths, found = random_frames(seed)
    ours = metrics(truths, found)
    assert ours["recall_50"] == pytest.approx(matched(truths, found, 0.5))
    assert ours["recall_75"] == pytest.approx(matched(truths, found, 0.75))
    assert 0 < ours["AP"] < ours["recall_50"] < 1


def test_exact_boxes_with_a_false_one_of_the_lowest_score_have_full_precision():
    truth = [[0, 0, 50, 50]]
    perfect = {"recall_50": 1.0, "recall_75": 1.0, "AP": pytest.approx(1.0)}
    assert metrics([truth], [[[0, 0, 50, 50, 0.9], [200, 200, 250, 250, 0.1]]]) == perfect
    # A surer false box halves the precision at every recall.
    assert metrics([truth], [[[0, 0, 50, 50, 0.1], [200, 200, 250, 250, 0.9]]])["AP"] == pytest.approx(0.5)


def test_a_true_box_is_found_once():
    truth, twice = [[0, 0, 10, 10], [50, 50, 60, 60]], [[0, 0, 10, 10, 0.9], [0, 0, 10, 10, 0.8]]
    assert metrics([truth], [twice])["recall_50"] == 0.5


def test_recall_needs_the_overlap():
    numbers = metrics([[[0, 0, 10, 10]]], [[[0, 0, 10, 6, 0.9]]])
    assert (numbers["recall_50"], numbers["recall_75"]) == (1.0, 0.0)


def test_without_true_boxes_there_is_no_recall_and_no_precision():
    assert all(np.isnan(number) for number in metrics([[]], [[[0, 0, 1, 1, 0.5]]]).values())


def test_area_in_crops_counts_the_union_of_squares_that_leave_the_frame():
    mask = np.ones((4, 8), bool)
    assert area_in_crops(mask, [Square(-2, -2, 4)]) == 4 / 32
    assert area_in_crops(mask, [Square(0, 0, 4), Square(2, 0, 4)]) == 24 / 32
    assert area_in_crops(mask, [Square(-9, -9, 4), Square(20, 0, 4)]) == 0

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from stages.faces.coco import coco_file
from stages.faces.crops import Square
from stages.faces.recall import area_in_crops, average_precision, recall


def random_frames(seed: int, count: int = 40) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """True boxes, and found ones that are true boxes moved a little, doubled, missing or invented."""
    rng = np.random.default_rng(seed)
    truths, found = [], []
    for _ in range(count):
        corner = rng.integers(0, 300, (rng.integers(0, 4), 2))
        truths.append(np.hstack([corner, corner + rng.integers(60, 150, corner.shape)]))
        guesses = np.vstack([truths[-1], truths[-1][:1], [[400, 400, 470, 470]]])
        guesses = guesses + rng.normal(0, 6, guesses.shape)
        guesses = guesses[rng.random(len(guesses)) < 0.8]
        found.append(np.hstack([guesses, rng.random((len(guesses), 1))]))
    return truths, found


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_that_of_pycocotools(seed):
    truths, found = random_frames(seed)
    contents = coco_file((f"{i}.jpg", (600, 600), boxes) for i, boxes in enumerate(truths))
    results = [
        {"image_id": i + 1, "category_id": 1, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score}
        for i, frame in enumerate(found)
        for x1, y1, x2, y2, score in frame.tolist()
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = contents
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert average_precision(truths, found) == pytest.approx(evaluation.stats[0], abs=1e-9)
    # Recall at IoU 0.5 over all found boxes: the end of pycocotools' curve.
    assert recall(truths, found, 0.5) == pytest.approx(evaluation.eval["recall"][0, 0, 0, -1])


def test_a_true_box_is_found_once():
    truth, twice = np.array([[0, 0, 10, 10], [50, 50, 60, 60]]), np.array([[0, 0, 10, 10, 0.9], [0, 0, 10, 10, 0.8]])
    assert recall([truth], [twice], 0.5) == 0.5


def test_recall_needs_the_overlap():
    truth, found = np.array([[0, 0, 10, 10]]), np.array([[0, 0, 10, 6, 0.9]])
    assert (recall([truth], [found], 0.5), recall([truth], [found], 0.75)) == (1.0, 0.0)


def test_without_true_boxes_there_is_no_recall():
    assert np.isnan(recall([np.zeros((0, 4))], [np.array([[0, 0, 1, 1, 0.5]])], 0.5))


def test_area_in_crops_counts_the_union_of_squares_that_leave_the_frame():
    mask = np.ones((4, 8), bool)
    assert area_in_crops(mask, [Square(-2, -2, 4)]) == 4 / 32
    assert area_in_crops(mask, [Square(0, 0, 4), Square(2, 0, 4)]) == 24 / 32
    assert area_in_crops(mask, [Square(-9, -9, 4), Square(20, 0, 4)]) == 0

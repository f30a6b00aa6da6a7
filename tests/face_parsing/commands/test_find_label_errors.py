import numpy as np
import pandas as pd

from face_parsing.commands.find_label_errors import agreement, precision_and_recall, suspects_among

LEFT, RIGHT, NOSE = 4, 5, 10


def test_pixels_of_pairs_count_as_right_or_swapped_and_others_not_at_all():
    mask = np.array([[LEFT, LEFT, RIGHT, NOSE, 0, 255]], np.uint8)
    seen = np.array([[LEFT, RIGHT, LEFT, LEFT, RIGHT, LEFT]], np.uint8)
    assert agreement(mask, seen, [(LEFT, RIGHT)]) == (1, 2)
    assert agreement(mask, seen, [(7, 8)]) == (0, 0)


def test_masks_with_more_swapped_pixels_than_right_ones_are_suspect_the_surest_first():
    rows = [("a", "0", 5, 5), ("a", "1", 4, 6), ("b", "0", 0, 3), ("b", "1", 0, 0), ("c", "0", 0, 9)]
    masks = pd.DataFrame(rows, columns=["clip", "frame", "right", "swapped"])
    suspects = suspects_among(masks)
    assert list(zip(suspects["clip"], suspects["frame"], suspects["share"], strict=True)) == [
        ("c", "0", 1.0),
        ("b", "0", 1.0),
        ("a", "1", 0.6),
    ]


def test_precision_and_recall_of_the_suspects():
    suspects = pd.DataFrame({"clip": ["a", "b", "c", "d"], "frame": ["0"] * 4})
    wrong = pd.DataFrame({"clip": ["a", "a", "b"], "frame": ["0", "1", "0"]})
    assert precision_and_recall(suspects, wrong) == (2 / 4, 2 / 3)
    assert precision_and_recall(suspects[:0], wrong) == (0, 0)

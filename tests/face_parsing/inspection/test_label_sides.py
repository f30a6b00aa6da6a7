from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import Label, LabelTable, read_labels
from face_parsing.inspection.label_sides import COLUMNS, LEAST_PIXELS, SidedPart, Verdict, agreement, sided_parts

LABELS = read_labels(Path("configs/labels.yaml").resolve())
LEFT, RIGHT, LEFT_EAR, RIGHT_EAR, NOSE = 4, 5, 8, 9, 10
EYES, EARS = SidedPart("eye", (LEFT, RIGHT), (24, 25)), SidedPart("ear", (LEFT_EAR, RIGHT_EAR), (28, 29))
TABLES = sorted(Path("configs/labels").resolve().glob("*.yaml"))


def pixels(*ids: int, each: int = LEAST_PIXELS) -> np.ndarray:
    """A label map of one row, ``each`` pixels of every id."""
    return np.repeat(np.array([ids], np.uint8), each, axis=1)


def test_pixels_of_pairs_count_as_right_or_swapped_and_others_not_at_all():
    mask, seen = pixels(LEFT, LEFT, RIGHT, NOSE, 0, 255), pixels(24, 25, 24, 24, 25, 24)
    assert agreement(mask, seen, [EYES]) == (LEAST_PIXELS, 2 * LEAST_PIXELS)
    assert agreement(mask, seen, [EARS]) == (0, 0)


@pytest.mark.parametrize(("each", "decide"), [(LEAST_PIXELS, "eyes"), (LEAST_PIXELS // 2, "ears"), (3, "nothing")])
def test_ears_count_only_where_eyes_and_eyebrows_say_nothing(each, decide):
    mask, seen = pixels(LEFT, LEFT_EAR, LEFT_EAR, each=each), pixels(24, 29, 29, each=each)
    expected = {"eyes": (each, 0), "ears": (0, 2 * each), "nothing": (0, 0)}
    assert agreement(mask, seen, [EYES, EARS]) == expected[decide]


def test_masks_with_more_swapped_pixels_than_right_ones_are_suspect_the_surest_first():
    rows = [("a", "0", 5, 5), ("a", "1", 4, 6), ("b", "0", 0, 3), ("b", "1", 0, 0), ("c", "0", 0, 9)]
    verdict = Verdict(pd.DataFrame(rows, columns=COLUMNS))
    assert list(zip(*(verdict.suspects[name] for name in ("clip", "frame", "share")), strict=True)) == [
        ("c", "0", 1.0),
        ("b", "0", 1.0),
        ("a", "1", 0.6),
    ]
    assert verdict.undecided == 1 and not verdict.table_is_swapped


@pytest.mark.parametrize(("swapped", "of_table"), [(19, True), (18, False), (10, False)])
def test_where_nearly_all_masks_are_swapped_the_label_table_is(swapped, of_table):
    rows = [(str(i), "0", *((0, 9) if i < swapped else (9, 0))) for i in range(20)]
    assert Verdict(pd.DataFrame(rows, columns=COLUMNS)).table_is_swapped is of_table


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_source_has_eyes_and_eyebrows_that_the_bundled_models_know(path):
    labels = read_labels(path)
    parts = {part.part: part for part in sided_parts(labels, LABELS, path)}
    assert parts.keys() >= {"eye", "eyebrow"}
    for name, part in parts.items():
        for side, mask_id, model_id in zip(("left", "right"), part.mask_ids, part.model_ids, strict=True):
            assert labels.id_of(f"{side}_{name}") == mask_id and LABELS.id_of(f"{side}_{name}") == model_id


@pytest.mark.parametrize(
    ("left", "right", "part"),
    [
        ("l_eye", "r_eye", "eye"),
        ("Left Brow", "Right Brow", "eyebrow"),
        ("LeftEar", "RightEar", "ear"),
        ("righteye", "lefteye", None),
        ("brow-l", "brow-r", "eyebrow"),
        ("eye_left", "eye_right", "eye"),
    ],
)
def test_sides_and_parts_are_known_by_the_names_that_label_tables_use(left, right, part):
    black = (0, 0, 0)
    table = LabelTable((Label(0, "background", black), Label(1, right, black, left), Label(2, left, black, right)))
    (found,) = sided_parts(table, LABELS, "own.yaml")
    assert found.part == (part or "eye") and found.mask_ids == ((2, 1) if part else (1, 2))


@pytest.mark.parametrize("names", [("a", "b"), ("left_hand", "right_hand"), ("left_eye", "right_ear")])
def test_a_label_table_without_known_sides_is_one_line(names):
    first, second = names
    table = LabelTable(
        (Label(0, "background", (0,) * 3), Label(1, first, (0,) * 3, second), Label(2, second, (0,) * 3, first))
    )
    with pytest.raises(PipelineError, match=r"^own\.yaml: no mirror partners .* expected classes such as left_eye"):
        sided_parts(table, LABELS, "own.yaml")

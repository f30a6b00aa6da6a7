import numpy as np
import pytest

from face_parsing.clips.counts import Counts, class_lines
from face_parsing.core.labels import Label, LabelTable

LABELS = LabelTable(tuple(Label(i, name, (i, i, i)) for i, name in enumerate(["background", "skin", "nose", "hat"])))


def counted(*label_maps: np.ndarray) -> Counts:
    counts = Counts()
    for label_map in label_maps:
        counts.add(label_map)
    return counts


@pytest.mark.parametrize("view", [np.asarray, np.rot90, np.fliplr, lambda m: m[::2, 1::2], lambda m: m[:0]])
def test_pixels_are_counted_as_they_are_in_any_view_of_a_label_map(view):
    label_map = view(np.random.default_rng(0).integers(0, 256, (37, 50), np.uint8))
    values, pixels = np.unique(label_map, return_counts=True)
    assert counted(label_map) == Counts(1, dict(zip(values.tolist(), pixels.tolist(), strict=True)))


def test_counts_add_up_over_frames_and_clips():
    first, second = np.zeros((4, 5), np.uint8), np.full((4, 5), 2, np.uint8)
    total = counted(first, second)
    total.update(counted(second))
    assert (total.frames, total.pixels) == (3, {0: 20, 2: 40})


def test_lines_show_shares_and_the_classes_without_a_pixel_overall_and_in_a_split():
    train, test = np.zeros((100, 200), np.uint8), np.zeros((100, 200), np.uint8)
    train[:50], train[0, 0], test[:10] = 1, 2, 255
    lines = class_lines({"train": counted(train), "val": counted(train), "test": counted(test)}, LABELS)
    assert lines == [
        "share of pixels: background 63.33%, skin 33.33%, nose under 0.01%, ignored 3.33%",
        "classes that never occur: hat",
        "classes that never occur in test: skin, nose",
    ]


def test_a_complete_source_has_one_line():
    whole = counted(np.arange(4, dtype=np.uint8).reshape(2, 2))
    shares = "share of pixels: background 25.00%, skin 25.00%, nose 25.00%, hat 25.00%"
    assert class_lines({"train": whole, "val": whole, "test": whole}, LABELS) == [shares]

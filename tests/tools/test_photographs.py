import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import IGNORE_INDEX, Label, LabelTable, read_labels
from face_parsing.metrics.region import confusion_matrix
from tests.repositories import ROOT
from tools import photographs
from tools.photographs import SIDE, Picture, agreement, matched, report, sheet, true_faces

OURS = read_labels(ROOT / "configs/labels.yaml")


def table(*names: str) -> LabelTable:
    return LabelTable(tuple(Label(i, name, (i, i, i)) for i, name in enumerate(names)))


def source_table(source: str) -> LabelTable:
    return read_labels(ROOT / f"configs/labels/{source}.yaml")


def test_classes_are_matched_by_name_whatever_their_ids():
    match = matched(table("background", "nose", "skin"), table("background", "skin", "nose"))
    assert match.counted == {1: "skin", 2: "nose"}
    assert match.of_truth[[0, 1, 2]].tolist() == [0, 2, 1]
    assert match.of_prediction[[0, 1, 2]].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("source", "occluders"),
    [
        ("face_synthetics", ["headwear", "facewear"]),
        ("celebamask_hq", ["hat", "earring", "necklace"]),
        ("lapa", []),
    ],
)
def test_what_covers_a_face_is_ignored_and_clothing_is_background(source, occluders):
    truth = source_table(source)
    of_truth = matched(truth, OURS).of_truth
    assert [label.name for label in truth.labels if of_truth[label.id] == IGNORE_INDEX] == occluders
    assert (of_truth[len(truth) :] == IGNORE_INDEX).all()
    assert [name for name in truth.names if of_truth[truth.id_of(name)] == 0] == [
        name for name in truth.names if name in ("background", "clothing")
    ]


@pytest.mark.parametrize(
    ("source", "skin", "background"),
    [
        ("face_synthetics", ["left_eyeshadow", "right_eyeshadow"], []),
        ("celebamask_hq", ["left_eyeshadow", "right_eyeshadow", "beard"], []),
        (
            "lapa",
            ["left_eyeshadow", "right_eyeshadow", "beard", "glasses"],
            ["left_ear", "right_ear", "neck"],
        ),
    ],
)
def test_what_only_we_have_is_skin_where_it_lies_on_skin_and_background_elsewhere(source, skin, background):
    match = matched(source_table(source), OURS)
    became = {label.name: int(match.of_prediction[label.id]) for label in OURS.parts}
    assert {name for name, i in became.items() if i == OURS.id_of("skin")} == {"skin", *skin}
    assert {name for name, i in became.items() if i == 0} == set(background)
    assert all(became[name] == i for i, name in match.counted.items())


def test_a_class_that_both_have_counts_even_if_it_covers_a_face():
    both = table("background", "skin", "hat", "clothing")
    assert matched(both, both).counted == {1: "skin", 2: "hat"}


def counted_pixel_by_pixel(
    truths: Sequence[np.ndarray], predictions: Sequence[np.ndarray], label: int
) -> tuple[float, float]:
    both = either = of_truth = of_prediction = 0
    for truth, prediction in zip(truths, predictions, strict=True):
        for t, p in zip(truth.ravel().tolist(), prediction.ravel().tolist(), strict=True):
            if t == IGNORE_INDEX:
                continue
            both += t == p == label
            either += t == label or p == label
            of_truth += t == label
            of_prediction += p == label
    return 2 * both / (of_truth + of_prediction), both / either


def test_the_figures_are_those_of_a_count_pixel_by_pixel():
    rng = np.random.default_rng(0)
    names = {1: "skin", 2: "nose", 3: "hair"}
    truths = [rng.choice([0, 1, 2, IGNORE_INDEX], (5, 7)).astype(np.uint8) for _ in range(3)]
    predictions = [rng.integers(0, 4, (5, 7), np.uint8) for _ in range(3)]
    confusion = sum(confusion_matrix(*pair) for pair in zip(truths, predictions, strict=True))
    figures = agreement(confusion, names)
    assert list(figures.f1) == ["skin", "nose"]  # no truth holds hair
    for label, name in ((1, "skin"), (2, "nose")):
        assert (figures.f1[name], figures.iou[name]) == counted_pixel_by_pixel(truths, predictions, label)
    assert figures.mean_f1 == (figures.f1["skin"] + figures.f1["nose"]) / 2
    assert figures.mean_iou == (figures.iou["skin"] + figures.iou["nose"]) / 2
    t, p = np.concatenate(truths).ravel(), np.concatenate(predictions).ravel()
    assert figures.accuracy == np.mean((t == p)[t != IGNORE_INDEX])


def test_a_truth_without_any_counted_class_is_told():
    with pytest.raises(PipelineError, match="no class of skin; expected some"):
        agreement(confusion_matrix(np.zeros((2, 2), np.uint8), np.ones((2, 2), np.uint8)), {1: "skin"})


def test_the_report_has_a_line_a_class_and_the_share_of_pictures_with_a_face():
    confusion = confusion_matrix(np.array([[0, 1, 1]], np.uint8), np.array([[0, 1, 0]], np.uint8))
    assert report(agreement(confusion, {1: "skin"}), pictures=4, found=3).splitlines() == [
        "skin           F1 0.667 IoU 0.500",
        "mean F1 0.6667, mean IoU 0.5000, pixel accuracy 0.6667",
        "4 pictures; a face was found in 0.750 of them",
    ]


def test_the_sheet_has_three_pictures_a_row_each_beside_its_two_label_maps():
    palette = np.zeros((256, 3), np.uint8)
    palette[1] = (10, 20, 30)
    ones = np.ones((8, 8), np.uint8)
    drawn = sheet([Picture(np.full((8, 8, 3), 7, np.uint8), [], ones, 0 * ones)] * 4, palette)
    assert drawn.shape == (2 * SIDE, 9 * SIDE, 3)
    assert drawn[SIDE, 0].tolist() == [7, 7, 7]
    assert drawn[SIDE, SIDE].tolist() == [30, 20, 10]
    assert not drawn[SIDE, 2 * SIDE :].any()


def test_true_faces_are_boxes_around_what_counts_and_the_whole_picture_without_any():
    label_map = np.zeros((40, 60), np.uint8)
    label_map[5:25, 10:22] = OURS.id_of("skin")
    label_map[25:35, 5:30] = IGNORE_INDEX  # a scarf
    (face,) = true_faces(label_map, OURS, min_area=12)
    assert (face.box, face.source) == ((10, 5, 22, 25), "detected")
    label_map[8:18, 45:55] = OURS.id_of("nose")
    assert [face.box for face in true_faces(label_map, OURS, min_area=12)] == [(10, 5, 22, 25), (45, 8, 55, 18)]
    (nowhere,) = true_faces(np.zeros((40, 60), np.uint8), OURS, min_area=12)
    assert (nowhere.box, nowhere.source) == ((0, 0, 60, 40), "whole_frame")


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three pictures as FaceSynthetics lays them out, one of which is cut off."""
    rng = np.random.default_rng(0)
    for name in ("000000", "000001", "000002"):
        Image.fromarray(rng.integers(0, 255, (40, 48, 3), np.uint8)).save(tmp_path / f"{name}.png")
        Image.fromarray(rng.choice([0, 1, 2, 13, 17], (40, 48)).astype(np.uint8)).save(tmp_path / f"{name}_seg.png")
    broken = tmp_path / "000002.png"
    broken.write_bytes(broken.read_bytes()[:500])
    return tmp_path


def measure(monkeypatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["photographs", "--source", "face_synthetics", *map(str, words)])
    photographs.main()


def test_a_folder_is_measured_with_what_the_project_delivers_and_without_what_is_at_fault(
    folder, untrained, monkeypatch, capsys
):
    drawn = folder / "worst.png"
    measure(monkeypatch, "--root", folder, "--project", untrained, "--pictures", drawn)
    out, err = capsys.readouterr()
    *classes, _, last = out.splitlines()
    assert [line.split()[0] for line in classes] == ["skin", "nose", "hair"]
    assert last == "2 pictures; a face was found in 0.000 of them"
    assert "skipped: " in err and "000002.png: not readable" in err
    assert Image.open(drawn).size == (9 * SIDE, SIDE)


def test_pictures_that_are_not_there_and_a_detector_that_is_not_are_told(folder, untrained, monkeypatch):
    with pytest.raises(PipelineError, match="no such pictures; expected a folder as the source face_synthetics"):
        measure(monkeypatch, "--root", folder, "--project", untrained, "--names", "9")
    with pytest.raises(PipelineError, match=r"detector\.pth: missing"):
        measure(monkeypatch, "--root", folder, "--project", untrained, "--finder", "detector")
    with pytest.raises(PipelineError, match="not an image file"):
        measure(monkeypatch, "--root", folder, "--project", untrained, "--pictures", "sheet.txt")

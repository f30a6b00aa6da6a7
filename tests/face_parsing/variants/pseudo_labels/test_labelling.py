"""Pseudo labels are what every model says and all together are sure of; nothing else reaches a training."""

from pathlib import Path

import numpy as np
import pytest

from face_parsing.clips.face_table import Face
from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.geometry.squares import Crop, square
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.variants.pseudo_labels.labelling import vote_of_face, write_pseudo_crops
from face_parsing.variants.pseudo_labels.unsure import UNSURE, IgnoreUnsure

LABELS = read_labels(Path("configs/labels.yaml"))
CROP = Crop(margin=0.0, pad_value=114)


def probabilities(sure: np.ndarray) -> np.ndarray:
    """Those of two classes, (2, H, W), from the second one's."""
    return np.stack([1 - sure, sure]).astype(np.float32)


def voted(members: list[np.ndarray], threshold: float) -> tuple[np.ndarray, np.ndarray]:
    return vote_of_face(np.mean(members, axis=0), members, members[0].shape[1], threshold)


def test_a_label_is_trusted_exactly_where_all_agree_and_their_mean_is_sure():
    # Columns: sure and agreed; agreed but at 0.85 in the mean; one against two; all sure of the background.
    ours = np.tile([0.96, 0.99, 0.99, 0.02], (4, 1))
    theirs = np.tile([0.94, 0.71, 0.99, 0.04], (4, 1))
    third = np.tile([0.95, 0.85, 0.45, 0.03], (4, 1))
    members = list(map(probabilities, (ours, theirs, third)))
    label_map, trusted = voted(members, 0.9)
    assert label_map.tolist() == [[1, 1, 1, 0]] * 4
    assert trusted.tolist() == [[True, False, False, True]] * 4
    assert voted(members, 0.8)[1].tolist() == [[True, True, False, True]] * 4  # one against two, whatever the mean
    assert not voted(members, 0.99)[1].any()


def test_members_of_several_resolutions_are_compared_at_the_faces():
    coarse, fine = (np.full((side, side), 0.95) for side in (4, 8))
    fine[:, 4:] = 0.2
    mean = probabilities(np.full((8, 8), 0.95))
    _, trusted = vote_of_face(mean, [probabilities(coarse), probabilities(fine)], 16, 0.9)
    assert trusted[:, :6].all() and not trusted[:, 10:].any()


def written(folder: Path, boxes: list[tuple], sure: list[np.ndarray], context: float = 0.5):
    image = np.random.default_rng(0).integers(0, 255, (64, 80, 3), np.uint8)
    faces = [Face(box, 0.1 + 0.1 * i, "detected") for i, box in enumerate(boxes)]
    member = [(square(box, CROP.margin), probabilities(one)) for box, one in zip(boxes, sure, strict=True)]
    return write_pseudo_crops(image, faces, [member] * 3, 0.9, CROP, context, 64, LABELS, folder, "clip_frame")


def test_the_context_and_what_nobody_is_sure_of_are_unsure_and_padding_is_ignored(tmp_path):
    sure = np.full((16, 16), 0.97)
    sure[8:] = 0.6
    tally = written(tmp_path, [(0.0, 0.0, 16.0, 16.0)], [sure])
    label_map = read_label_map(tmp_path / "labels/clip_frame_0.png")
    expected = np.full((32, 32), UNSURE)
    expected[:8] = expected[:, :8] = IGNORE_INDEX
    expected[8:16, 8:24] = 1
    np.testing.assert_array_equal(label_map, expected)
    assert read_image(tmp_path / "images/clip_frame_0.jpg").shape == (32, 32, 3)
    assert (tally.crops, tally.voted[1], tally.kept[1]) == (1, 256, 128)


def test_a_crop_with_nothing_but_background_left_is_not_written(tmp_path):
    empty, unsure, face = np.full((16, 16), 0.01), np.full((16, 16), 0.7), np.full((16, 16), 0.97)
    box = (20.0, 20.0, 36.0, 36.0)
    tally = written(tmp_path, [box, box, box], [empty, unsure, face])
    assert [path.name for path in (tmp_path / "labels").iterdir()] == ["clip_frame_2.png"]
    assert tally.crops == 1 and tally.voted.sum() == 3 * 256 and tally.kept[:2].tolist() == [0, 256]


@pytest.mark.parametrize("box", [(-200.0, -200.0, 300.0, 300.0), (30.0, 10.0, 42.5, 61.3)])
def test_a_square_that_leaves_the_frame_is_cut_as_labelled_crops_are(tmp_path, box):
    written(tmp_path, [box], [np.full((16, 16), 0.97)], context=0.0)
    label_map = read_label_map(tmp_path / "labels/clip_frame_0.png")
    assert set(np.unique(label_map)) <= {1, IGNORE_INDEX}
    assert (label_map == 1).any()


def test_the_losses_ignore_what_is_unsure():
    label_map = np.array([[0, 3, UNSURE, IGNORE_INDEX]], np.uint8)
    assert IgnoreUnsure().transform({"gt_seg_map": label_map})["gt_seg_map"].tolist() == [[0, 3, 255, 255]]

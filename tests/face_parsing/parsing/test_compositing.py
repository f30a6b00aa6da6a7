import numpy as np
import pytest
import torch
import torch.nn.functional as F

from face_parsing.core.errors import PipelineError
from face_parsing.geometry.squares import Square
from face_parsing.parsing.compositing import (
    composite,
    in_steps,
    mean_of,
    nearest_argmax,
    read_faces_alike,
    upsampled_argmax,
    write_steps,
)


def random_scores(seed: int, classes: int = 5, side: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(classes, side, side)).astype(np.float32)


@pytest.mark.parametrize("side", [7, 24, 61, 200])
def test_scores_are_upsampled_as_torch_does_and_only_then_reduced(side):
    scores = random_scores(0)
    soft = F.interpolate(torch.from_numpy(scores)[None], (side, side), mode="bilinear", align_corners=False)[0]
    # Where two classes are level to the last digits, either may win.
    first, second = soft.topk(2, dim=0).values
    clear = (first - second > 1e-4).numpy()
    label_map = upsampled_argmax(scores, side)
    assert label_map.dtype == np.uint8
    np.testing.assert_array_equal(label_map[clear], soft.argmax(0).numpy()[clear])
    assert clear.mean() > 0.99


@pytest.mark.parametrize("side", [7, 24, 61, 200])
def test_nearest_labels_are_reduced_first_and_then_resized(side):
    scores = random_scores(0)
    nearest = ((np.arange(side) + 0.5) * scores.shape[1] / side).astype(int)
    np.testing.assert_array_equal(nearest_argmax(scores, side), scores.argmax(0)[np.ix_(nearest, nearest)])


def test_of_equal_scores_the_lowest_class_wins():
    assert not upsampled_argmax(np.ones((3, 4, 4), np.float32), 9).any()


def test_faces_lie_in_their_squares_and_the_last_covers_the_others():
    first, second = (np.stack([np.zeros((4, 4)), np.full((4, 4), a), np.full((4, 4), b)]) for a, b in [(1, 0), (0, 1)])
    faces = [(Square(-2, 0, 8), first.astype(np.float32)), (Square(4, 4, 4), second.astype(np.float32))]
    label_map = composite((10, 12), faces)
    truth = np.zeros((10, 12), np.uint8)
    truth[0:8, 0:6] = 1
    truth[4:8, 4:8] = 2
    np.testing.assert_array_equal(label_map, truth)
    assert not composite((10, 12), []).any()


def test_the_mean_is_taken_at_the_highest_resolution_of_the_members():
    coarse, fine = np.full((2, 4, 4), 0.5, np.float32), random_scores(1, classes=2, side=8)
    ((square, mean),) = mean_of([[(Square(0, 0, 9), coarse)], [(Square(0, 0, 9), fine)]])
    assert square == Square(0, 0, 9)
    np.testing.assert_allclose(mean, (fine + 0.5) / 2)


def test_probabilities_come_back_to_half_a_step_in_their_order(tmp_path):
    faces = [(Square(-3, 2, 40 + i), np.random.default_rng(i).random((3, 8, 8), np.float32)) for i in range(12)]
    write_steps(tmp_path / "a" / "0.npz", in_steps(faces))
    (back,) = read_faces_alike([tmp_path / "a" / "0.npz"])
    assert [square for square, _ in back] == [square for square, _ in faces]
    for (_, saved), (_, read), (_, voted) in zip(faces, back, in_steps(faces), strict=True):
        np.testing.assert_allclose(read / 255, saved, atol=0.5 / 255 + 1e-6)
        np.testing.assert_array_equal(read, voted)  # so that a vote in memory is the vote of the files


def test_members_of_other_faces_are_told_apart(tmp_path):
    paths = [tmp_path / "one.npz", tmp_path / "two.npz"]
    write_steps(paths[0], [(Square(0, 0, 8), np.zeros((3, 4, 4)))])
    write_steps(paths[1], [(Square(0, 1, 8), np.zeros((3, 4, 4)))])
    with pytest.raises(PipelineError, match=r"two\.npz: 1 faces; expected the same 1 as .*one\.npz"):
        read_faces_alike(paths)


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_a_missing_or_broken_file_is_one_line(tmp_path, content):
    path = tmp_path / "0.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PipelineError, match=r"0\.npz: (missing|no probabilities)") as fault:
        read_faces_alike([path])
    assert "\n" not in str(fault.value)

from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.geometry.squares import Square
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.parsing.clip_votes import vote_clip
from face_parsing.parsing.compositing import in_steps, write_steps
from face_parsing.parsing.parameters import Ensemble, TemporalSmoothing


@pytest.fixture
def labels():
    return read_labels("configs/labels.yaml")


@pytest.fixture
def members(tmp_path, labels):
    names = ["eanet_cat", "eanet_add", "ocrnet"]
    for i, name in enumerate(names):
        for frame in ("0", "1"):
            write_label_map(tmp_path / name / f"a/{frame}.png", np.array([[1, i + 1, max(i, 1)]], np.uint8), labels)
    return names


def voted(ensemble: Ensemble, folder: Path, labels, mode: str = "none") -> int:
    smoothing = TemporalSmoothing(mode=mode, strength=1.0, reach=2)
    return vote_clip("a", folder, folder, ensemble, smoothing, 114, labels, folder / "out")


def test_every_frame_is_voted_on_in_the_members_order(members, tmp_path, labels):
    assert voted(Ensemble(vote="hard", members=members), tmp_path, labels) == 2
    assert read_label_map(tmp_path / "out/a/1.png").tolist() == [[1, 1, 1]]
    voted(Ensemble(vote="hard", members=members[::-1]), tmp_path, labels)
    assert read_label_map(tmp_path / "out/a/1.png").tolist() == [[1, 3, 1]]


def test_a_missing_prediction_names_member_clip_and_frame(members, tmp_path, labels):
    (tmp_path / members[1] / "a/1.png").unlink()
    with pytest.raises(PipelineError, match=r"eanet_add/a/1\.png: missing.*eanet_cat/a/1\.png exists"):
        voted(Ensemble(vote="hard", members=members), tmp_path, labels)


def test_a_prediction_of_another_size_names_member_clip_and_frame(members, tmp_path, labels):
    write_label_map(tmp_path / members[2] / "a/0.png", np.zeros((2, 3), np.uint8), labels)
    with pytest.raises(PipelineError, match=r"ocrnet/a/0\.png: 3 x 2 pixels; expected 3 x 1"):
        voted(Ensemble(vote="hard", members=members), tmp_path, labels)


def test_a_sure_member_outvotes_two_unsure_ones_softly(members, tmp_path, labels):
    for name, share in zip(members, (0.9, 0.4, 0.4), strict=True):
        for frame in ("0", "1"):
            probabilities = np.full((2, 4, 4), [[[share]], [[1 - share]]])
            write_steps(tmp_path / f"{name}/a/{frame}.npz", in_steps([(Square(0, 0, 3), probabilities)]))
    voted(Ensemble(vote="soft", members=members), tmp_path, labels)
    assert read_label_map(tmp_path / "out/a/0.png").tolist() == [[0, 0, 0]]
    voted(Ensemble(vote="soft", members=members[1:]), tmp_path, labels)
    assert read_label_map(tmp_path / "out/a/0.png").tolist() == [[1, 1, 1]]


def test_a_soft_vote_without_probabilities_names_the_parameter(members, tmp_path, labels):
    with pytest.raises(PipelineError, match=r"eanet_cat/a/0\.npz: missing.*ensemble\.vote: soft"):
        voted(Ensemble(vote="soft", members=members), tmp_path, labels)


def clip_of_five(folder: Path, members: list[str], labels) -> None:
    """A still face, of which all members but for one unsure frame say the same."""
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8), (0, 0), 2)
    for frame in range(5):
        write_jpeg(folder / f"JPEGImages/a/{frame}.jpg", image)
        share = 0.4 if frame == 2 else 0.9
        for name in members:
            steps = in_steps([(Square(5, 5, 30), np.stack([np.full((32, 32), 1 - share), np.full((32, 32), share)]))])
            write_steps(folder / f"{name}/a/{frame}.npz", steps)
            write_label_map(folder / f"{name}/a/{frame}.png", np.zeros((40, 50), np.uint8), labels)


@pytest.mark.parametrize(("mode", "smoothed"), [("none", False), ("causal", True), ("both", True)])
def test_a_smoothed_clip_takes_an_unsure_frame_from_its_neighbours(mode, smoothed, members, tmp_path, labels):
    clip_of_five(tmp_path, members, labels)
    assert voted(Ensemble(vote="soft", members=members), tmp_path, labels, mode) == 5
    shares = [read_label_map(tmp_path / f"out/a/{frame}.png").mean() for frame in range(5)]
    assert all(shares[frame] == 900 / 2000 for frame in (0, 1, 3, 4))
    assert (shares[2] > 0.4) == smoothed


def test_a_hard_vote_is_left_as_it_is_and_a_soft_one_smoothed():
    smoothing = TemporalSmoothing(mode="both", strength=1.0, reach=2)
    assert smoothing.for_vote("soft") == smoothing
    assert smoothing.for_vote("hard").mode == "none"

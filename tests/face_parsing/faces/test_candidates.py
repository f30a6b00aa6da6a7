from pathlib import Path

import numpy as np
import pytest

from face_parsing.checkpoints.model_file import save_model
from face_parsing.core.errors import PipelineError
from face_parsing.detector.config import CLASSES, build_detector, detector_config
from face_parsing.faces.candidates import CandidateFinder
from face_parsing.faces.parameters import Detection

CONFIG = Path("configs/detector/mini.py")


def detection(score_threshold: float) -> Detection:
    return Detection(finder="detector", score_threshold=score_threshold, secondary_face_threshold=1.0)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "detector.pth"
    save_model(path, build_detector(detector_config(CONFIG, False)), CLASSES)
    return path


def test_candidates_come_one_array_an_image_in_its_own_pixels_whatever_its_size(model_file):
    find = CandidateFinder(detector_config(CONFIG, False), model_file, detection(0.0), batch_size=2)
    rng = np.random.default_rng(0)
    sizes = [(64, 64), (288, 512), (3000, 4000)]
    found = find(rng.integers(0, 255, (*size, 3)).astype(np.uint8) for size in sizes)
    assert len(found) == 3
    for (height, width), candidates in zip(sizes, found, strict=True):
        assert candidates.shape[1] == 5 and 0 < len(candidates) <= 20
        assert (candidates[:, :4] >= 0).all() and (candidates[:, [0, 2]] <= width).all()
        assert (candidates[:, [1, 3]] <= height).all()
    # Random weights look everywhere: only a box mapped back to the image's own pixels reaches this far.
    assert found[2][:, 2].max() > 512


def test_no_candidate_is_below_the_threshold(model_file):
    image = np.zeros((64, 64, 3), np.uint8)
    find = CandidateFinder(detector_config(CONFIG, False), model_file, detection(0.99), batch_size=1)
    assert [c.shape for c in find([image])] == [(0, 5)]


def test_a_missing_model_is_one_line(tmp_path):
    with pytest.raises(PipelineError, match=r"detector\.pth: missing"):
        CandidateFinder(detector_config(CONFIG, False), tmp_path / "detector.pth", detection(0.5), batch_size=1)


def test_pictures_too_thin_for_a_face_have_none_and_the_others_in_the_batch_keep_theirs(model_file):
    find = CandidateFinder(detector_config(CONFIG, False), model_file, detection(0.0), batch_size=4)
    picture = np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8)
    thin = [np.zeros((*size, 3), np.uint8) for size in ((2, 20_000), (20_000, 2), (1, 65), (65, 1), (1, 20_000))]
    found = find([thin[0], picture, *thin[1:], picture, np.zeros((1, 1, 3), np.uint8), np.zeros((1, 64, 3), np.uint8)])
    assert [len(candidates) > 0 for candidates in found[:8]] == [False, True, *[False] * 4, True, True]
    assert found[0].shape == (0, 5) and len(found) == 9
    np.testing.assert_array_equal(found[1], find([picture])[0])

import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.grabcut import clips
from face_parsing.grabcut.parameters import GrabCut
from face_parsing.grabcut.refining import Refiner
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import write_jpeg


@pytest.fixture
def labels():
    return read_labels("configs/labels.yaml")


@pytest.fixture
def refine_clip(tmp_path, labels):
    image = np.full((60, 80, 3), 40, np.uint8)
    image[20:40, 30:50] = 220
    write_jpeg(tmp_path / "JPEGImages/a/0.jpg", image)
    parameters = GrabCut(classes=["hair"], band=9, iterations=2, size=32)

    def run(label_map):
        write_label_map(tmp_path / "prediction/a/0.png", label_map, labels)
        refiner = Refiner(parameters, labels)
        return clips.refine_clip("a", tmp_path, tmp_path / "prediction", refiner, labels, tmp_path / "out")

    return run


def test_a_frame_is_refined_towards_its_image(refine_clip, tmp_path):
    hair = np.zeros((60, 80), np.uint8)
    hair[22:42, 32:52] = 14
    assert refine_clip(hair) == (1, 0)
    truth = np.zeros_like(hair)
    truth[20:40, 30:50] = 14
    assert (read_label_map(tmp_path / "out/a/0.png") != truth).sum() < 0.3 * (hair != truth).sum()


def test_a_prediction_of_another_size_than_its_image_is_an_error(refine_clip):
    with pytest.raises(PipelineError, match=r"prediction/a/0\.png: 80 x 59 pixels; expected 80 x 60 as .*0\.jpg"):
        refine_clip(np.zeros((59, 80), np.uint8))

import hashlib
from pathlib import Path

import pytest

from face_parsing.checkpoints.initial_weights import checksum, initial_weights
from face_parsing.core.errors import PipelineError


@pytest.fixture
def weights(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("weights/models")
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("source", [None, "own.pth", "torchvision://resnet50"])
def test_all_but_bundled_stands_for_itself(weights, source):
    assert initial_weights(source, "detector") == source
    assert checksum(source, "detector") == "none\n"


def test_bundled_is_the_networks_model_and_of_segmenters_the_one_with_the_most_layers(weights):
    (weights / "detector.pth").touch()
    (weights / "ocrnet.pth").touch()
    assert initial_weights("bundled", "detector") == "weights/models/detector.pth"
    assert initial_weights("bundled", "segmenter") == "weights/models/ocrnet.pth"
    (weights / "eanet_cat.pth").touch()
    assert initial_weights("bundled", "segmenter") == "weights/models/eanet_cat.pth"


def test_the_checksum_is_that_of_the_file(weights):
    (weights / "detector.pth").write_bytes(b"weights")
    assert checksum("bundled", "detector") == f"{hashlib.sha256(b'weights').hexdigest()}  weights/models/detector.pth\n"


def test_bundled_weights_that_are_not_there_are_told(weights):
    (weights / "detector.pth").touch()
    told = (
        r"^weights/models: no eanet_cat\.pth or eanet_add\.pth or ocrnet\.pth, where segmenter\.pretrained is bundled;"
    )
    with pytest.raises(PipelineError, match=told):
        initial_weights("bundled", "segmenter")

import hashlib
from pathlib import Path

import pytest

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.first_weights import checksum, first_weights


@pytest.fixture
def weights(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("weights/models")
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("source", [None, "own.pth", "torchvision://resnet50"])
def test_all_but_shipped_stands_for_itself(weights, source):
    assert first_weights(source, "detector") == source
    assert checksum(source, "detector") == ""


def test_shipped_is_the_networks_model_and_of_segmenters_the_one_with_the_most_layers(weights):
    (weights / "detector.pth").touch()
    (weights / "ocrnet.pth").touch()
    assert first_weights("shipped", "detector") == "weights/models/detector.pth"
    assert first_weights("shipped", "segmenter") == "weights/models/ocrnet.pth"
    (weights / "eanet_cat.pth").touch()
    assert first_weights("shipped", "segmenter") == "weights/models/eanet_cat.pth"


def test_the_checksum_is_that_of_the_file(weights):
    (weights / "detector.pth").write_bytes(b"weights")
    assert checksum("shipped", "detector") == f"{hashlib.sha256(b'weights').hexdigest()}  weights/models/detector.pth\n"


def test_shipped_weights_that_are_not_there_are_told(weights):
    (weights / "detector.pth").touch()
    told = (
        r"^weights/models: no eanet_cat\.pth or eanet_add\.pth or ocrnet\.pth, where segmenter\.pretrained is shipped;"
    )
    with pytest.raises(UserError, match=told):
        first_weights("shipped", "segmenter")

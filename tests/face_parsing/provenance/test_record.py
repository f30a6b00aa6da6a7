from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.provenance.record import provenance, provenance_file, read_provenance, write_provenance

ORIGIN = {"labels": ["background", "face"], "parameters": {"lr": 0.1}, "precision": "fp32"}


def test_a_provenance_is_read_as_it_was_written_beside_the_model(tmp_path):
    write_provenance(tmp_path / "models/ocrnet.pth", ORIGIN)
    assert (tmp_path / "models/ocrnet.provenance.json").is_file()
    assert read_provenance(tmp_path / "models/ocrnet.pth") == ORIGIN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "missing; expected the provenance of a model"),
        ("{", "not JSON"),
        ("[]", "not a provenance file; expected"),
        ('{"labels": 1}', "not a provenance file; expected"),
    ],
)
def test_a_provenance_that_is_missing_or_none_is_one_line(tmp_path, text, message):
    path = provenance_file(tmp_path / "m.pth")
    if text is not None:
        path.write_text(text)
    with pytest.raises(PipelineError, match=message) as caught:
        read_provenance(tmp_path / "m.pth")
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_an_edit_of_a_file_that_is_trained_on_changes_the_provenance(tmp_path):
    def origin(folder: str, text: str) -> dict:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "data.txt").write_text(text)
        return provenance(["a"], {}, "fp32", 2, [tmp_path / folder / "data.txt"])

    once = origin("a", "1")
    assert once == origin("a", "1")
    assert once == provenance(["a"], {}, "fp32", 2, [tmp_path / "a"])  # a folder stands for its files
    assert once != origin("a", "2")


def test_the_bundled_models_lie_beside_their_provenance():
    for model in Path("weights/models").glob("*.pth"):
        assert read_provenance(model)["parameters"]["profile"] == "release"

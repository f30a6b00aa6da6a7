from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.runtime import bundled
from face_parsing.runtime.bundled import bundled_project, export_command


def test_the_box_lies_beside_the_package():
    assert Path(__file__).parents[3].resolve() / "weights" == bundled.WEIGHTS


def test_without_a_box_one_line_tells_what_else_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "WEIGHTS", tmp_path / "weights")
    with pytest.raises(PipelineError) as caught:
        bundled_project()
    assert str(caught.value) == (
        f"{tmp_path}/weights: no bundled models; expected a clone of the repository, or a project of your own "
        "(--project DIR, FaceParser(DIR))"
    )


def test_the_command_that_exports_names_every_project_but_the_box():
    assert export_command(bundled.WEIGHTS) == "face-parsing export"
    assert export_command(Path()) == "face-parsing export --project ."
    assert export_command(Path("my faces")) == "face-parsing export --project 'my faces'"

from pathlib import Path

import pytest

from face_parsing.app import shipped
from face_parsing.app.shipped import export_command, shipped_project
from face_parsing.pipeline.entry import UserError


def test_the_box_lies_beside_the_package():
    assert Path(__file__).parents[3].resolve() / "weights" == shipped.WEIGHTS


def test_without_a_box_one_line_tells_what_else_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path / "weights")
    with pytest.raises(UserError) as caught:
        shipped_project()
    assert str(caught.value) == (
        f"{tmp_path}/weights: no models in the box; expected a clone of the repository, or a project of your own "
        "(--project DIR, FaceParser(DIR))"
    )


def test_the_command_that_exports_names_every_project_but_the_box():
    assert export_command(shipped.WEIGHTS) == "face-parsing export"
    assert export_command(Path()) == "face-parsing export --project ."
    assert export_command(Path("my faces")) == "face-parsing export --project 'my faces'"

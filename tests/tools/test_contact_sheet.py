import sys

from PIL import Image

from tests.repositories import ROOT
from tools import contact_sheet


def test_a_sheet_shows_frames_of_each_clip_beside_their_masks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(contact_sheet, "ROWS", 1)
    monkeypatch.setattr(contact_sheet, "COLUMNS", 1)
    output = tmp_path / "sheet.jpg"
    monkeypatch.setattr(sys, "argv", ["contact_sheet", str(output)])
    contact_sheet.main()
    assert capsys.readouterr().out == f"2 clips: {output}\n"
    width, height = Image.open(output).size
    assert width == 2 * 2 * contact_sheet.WIDTH and 0 < height < width

import sys

from PIL import Image

from tests.repositories import ROOT
from tools import transforms
from tools.transforms import SHOWN, SIDE, TITLE


def test_the_picture_has_a_row_for_the_crop_each_transform_and_all_together(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(transforms, "DRAWS", 1)
    output = tmp_path / "transforms.jpg"
    monkeypatch.setattr(sys, "argv", ["transforms", str(output)])
    transforms.main()
    assert capsys.readouterr().out.splitlines()[-1] == str(output)  # mmseg may print of optional packages first
    assert Image.open(output).size == (TITLE + 2 * SIDE, (len(SHOWN) + 2) * SIDE)

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.commands import inspect
from face_parsing.commands.command_line import parser
from face_parsing.core.errors import PipelineError
from face_parsing.inspection.contact_sheet import SIDE
from face_parsing.sources.layouts.celebamask_hq import IMAGES, MASKS
from tests.face_parsing.commands.portraits import LABELS, portrait, write_celebamask_hq
from tests.face_parsing.sources.folders import face, image_of, write_image, write_mask


def shown(capsys, output: Path, *options: str) -> str:
    """What the command prints."""
    inspect.main(parser().parse_args(["inspect", "--output", str(output), *options]))
    return capsys.readouterr().out


def test_a_data_set_is_summarized_on_one_screen_before_any_training(tmp_path, capsys):
    write_celebamask_hq(tmp_path, 5, swapped={1})
    (tmp_path / MASKS / "0/00004_nose.png").write_bytes(b"broken")
    (tmp_path / IMAGES / "4000.jpg").write_bytes((tmp_path / IMAGES / "0.jpg").read_bytes())
    sheet = tmp_path / "sheet.jpg"
    out = shown(capsys, sheet, "--source", "celebamask_hq", "--root", str(tmp_path))
    assert f"{tmp_path}: 5 pictures with masks, 5 of them read; label table configs/labels/celebamask_hq.yaml" in out
    assert "clips: 3 train, 1 val, 1 test; frames per clip: 1" in out
    assert "size: 192 x 192 in 4 of 4 pictures" in out
    skin = np.mean([portrait(number)[1] == LABELS.id_of("skin") for number in range(4)])
    assert re.search(rf"^ +1 skin +{skin:.3%} +100.0%$", out, flags=re.M)
    assert re.search(r"^classes that never occur: .*hat.*clothing", out, flags=re.M)
    assert "left and right, by position: 3 masks as the subject's, 1 as the viewer's, 0 undecided" in out
    assert "left and right, by the models: 3 masks as the label table names them, 1 swapped, 0 undecided" in out
    assert "swapped: 1/00000; all of them: face-parsing find-label-errors --source celebamask_hq --root" in out
    assert "skipped: 1 errors of the layout, 1 of pictures and masks" in out
    assert f"{tmp_path}/{IMAGES}/4000.jpg: no masks" in out and f"{tmp_path}/{MASKS}/0/00004_nose.png: " in out
    assert len(out.splitlines()) <= 40
    assert cv2.imread(str(sheet)).shape[1] > 4 * SIDE and sheet.stat().st_size < 10**6


def test_pictures_are_drawn_evenly_over_the_whole_set_and_clips_have_their_frames(tmp_path, capsys):
    for split in ("train", "val", "test"):
        for frame in range(4):
            write_image(tmp_path / f"{split}/{split}/{frame}.jpg", image_of(face(18), 20 * frame))
            write_mask(tmp_path / f"{split}/{split}/{frame}.png", face(18))
    where = ["--source", "sfp", "--root", str(tmp_path)]
    out = shown(capsys, tmp_path / "sheet.jpg", *where, "--count", "3")
    assert "12 pictures with masks, 3 of them read" in out and "frames per clip: 4" in out
    assert "12 pictures with masks, 12 of them read" in shown(capsys, tmp_path / "sheet.jpg", *where, "--count", "0")


def test_other_sizes_and_ignored_pixels_are_shown(tmp_path, capsys):
    for number, size in enumerate((48, 96, 48)):
        label_map = face(11, size)
        label_map[:4] = 255
        split = ("train", "val", "test")[number]
        write_image(tmp_path / f"{split}/images/{number}.jpg", image_of(label_map, 50))
        write_mask(tmp_path / f"{split}/labels/{number}.png", label_map)
    out = shown(capsys, tmp_path / "sheet.jpg", "--source", "lapa", "--root", str(tmp_path))
    assert "size: 48 x 48 in 2 of 3 pictures; widths 48 to 96, heights 48 to 96" in out
    assert re.search(r"^255 \(ignored\) .* 100.0%$", out, flags=re.M)


@pytest.mark.parametrize("mirrored", [False, True])
def test_where_no_class_has_a_known_side_left_and_right_are_not_compared(tmp_path, capsys, mirrored):
    write_celebamask_hq(tmp_path, 1)
    mirrors = {4: ", mirror: class_5", 5: ", mirror: class_4"} if mirrored else {}
    classes = "".join(f"  - {{id: {i}, name: class_{i}, color: [0, 0, {i}]{mirrors.get(i, '')}}}\n" for i in range(19))
    (tmp_path / "own.yaml").write_text(f"labels:\n{classes}")
    where = ["--source", "celebamask_hq", "--root", str(tmp_path), "--labels", str(tmp_path / "own.yaml")]
    out = shown(capsys, tmp_path / "sheet.jpg", *where)
    assert f"left and right, by the models: {tmp_path}/own.yaml: no mirror partners that the model knows by name" in out


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--count", "-1"], "--count -1: expected a number of pictures, or 0 for all"),
        ([], "data/clips: no such folder"),
        (["--output", "sheet.png"], r"--output sheet\.png: expected the name of a JPEG file, such as sheet\.jpg"),
        (["--source", "helen"], "expected --source and --root together"),
    ],
)
def test_a_missing_data_set_or_an_impossible_count_is_one_line(empty_project, options, line):
    with pytest.raises(PipelineError, match=f"^{line}") as raised:
        inspect.main(parser().parse_args(["inspect", "--output", "sheet.jpg", *options]))
    assert "\n" not in str(raised.value) and not Path("sheet.jpg").exists()


def test_a_data_set_of_which_nothing_can_be_read_is_one_line_with_a_reason(tmp_path, capsys):
    write_celebamask_hq(tmp_path, 1)
    (tmp_path / IMAGES / "0.jpg").write_bytes(b"broken")
    with pytest.raises(PipelineError, match=r"none of 1 pictures could be read; .*0\.jpg"):
        shown(capsys, tmp_path / "sheet.jpg", "--source", "celebamask_hq", "--root", str(tmp_path))

from pathlib import Path

import pandas as pd
import pytest

from face_parsing.commands import find_label_errors
from face_parsing.commands.command_line import parser
from face_parsing.commands.find_label_errors import precision_and_recall
from face_parsing.core.errors import PipelineError
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.inspection.label_sides import COLUMNS
from face_parsing.sources.layouts.celebamask_hq import IMAGES, MASKS
from tests.face_parsing.commands.portraits import LABELS, portrait, write_celebamask_hq


def find(root: Path, output: Path, *options: str) -> pd.DataFrame:
    """Run the command on a folder laid out as CelebAMask-HQ, and return the table."""
    words = ["--source", "celebamask_hq", "--root", str(root), "--output", str(output), *options]
    find_label_errors.main(parser().parse_args(["find-label-errors", *words]))
    return pd.read_csv(output, dtype={"clip": str, "frame": str})


def test_precision_and_recall_of_the_suspects():
    suspects = pd.DataFrame({"clip": ["a", "b", "c", "d"], "frame": ["0"] * 4})
    wrong = pd.DataFrame({"clip": ["a", "a", "b"], "frame": ["0", "1", "0"]})
    assert precision_and_recall(suspects, wrong) == (2 / 4, 2 / 3)
    assert precision_and_recall(suspects[:0], wrong) == (0, 0)


def test_swapped_masks_of_a_data_set_are_found_by_the_bundled_models_before_any_training(tmp_path, capsys):
    write_celebamask_hq(tmp_path, 7, swapped={1, 3, 4})
    for path in (tmp_path / MASKS / "0").glob("00006_*.png"):
        if "skin" not in path.name:
            path.unlink()
    (tmp_path / MASKS / "0/00005_nose.png").write_bytes(b"broken")
    table = find(tmp_path, tmp_path / "errors.csv")
    assert list(table.columns) == [*COLUMNS, "share"] and set(table["clip"]) == {"1", "3", "4"}
    told = capsys.readouterr()
    assert told.out.startswith("3 of 6 masks suspect, 1 undecided (") and "pictures a second" in told.out
    assert f"skipped: {tmp_path}/{MASKS}/0/00005_nose.png: " in told.err


def test_where_only_ears_are_labelled_they_tell_left_from_right(tmp_path):
    write_celebamask_hq(tmp_path, 6, swapped={0, 3}, only={"skin", "hair", "l_ear", "r_ear"})
    assert set(find(tmp_path, tmp_path / "errors.csv")["clip"]) == {"0", "3"}


def test_a_projects_clips_are_the_default_and_a_split_can_be_chosen(empty_project, capsys):
    for split in ("train", "val"):
        image, label_map = portrait(0)
        write_jpeg(Path(f"data/clips/JPEGImages/{split}/a.jpg"), image)
        write_label_map(Path(f"data/clips/Annotations/{split}/a.png"), LABELS.mirrored[label_map], LABELS)
    Path("data/clips/ImageSets").mkdir()
    for split in ("train", "val", "test"):
        Path(f"data/clips/ImageSets/{split}.txt").write_text("" if split == "test" else f"{split}\n")
    for options, clips in (([], ["train", "val"]), (["--split", "val"], ["val"])):
        find_label_errors.main(parser().parse_args(["find-label-errors", "--output", "errors.csv", *options]))
        assert pd.read_csv("errors.csv")["clip"].tolist() == clips
    assert "1 of 1 masks suspect" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], r"data/clips: no such folder; .*run `dvc repro prepare`, or give --source and --root"),
        (["--source", "lapa"], "expected --source and --root together, or neither for the data/clips of a project"),
        (["--root", "own"], "expected --source and --root together"),
        (["--labels", "own.yaml"], "--labels: expected with --source"),
        (["--source", "lapa", "--root", "own"], "own: no such folder; expected one that the source lapa lays out$"),
        (["--source", "lapa", "--root", "data"], "data: no images with label maps; expected the layout of the source"),
        (
            ["--source", "lapa", "--root", "data", "--labels", "own.yaml"],
            "--labels is own.yaml; expected one of cel.*; there is no /.*/own.yaml",
        ),
        (["--source", "lapa", "--root", "data", "--labels", "lappa"], "--labels is lappa; expected one of celebamask"),
        (["--source", "sfp", "--root", "data", "--labels", "lapa"], "data: no images with label maps"),
    ],
)
def test_a_missing_data_set_or_option_is_one_line(empty_project, options, line):
    with pytest.raises(PipelineError, match=f"^{line}") as raised:
        find_label_errors.main(parser().parse_args(["find-label-errors", "--output", "errors.csv", *options]))
    assert "\n" not in str(raised.value) and not Path("errors.csv").exists()


def test_a_data_set_of_which_no_mask_can_be_read_is_one_line(tmp_path):
    write_celebamask_hq(tmp_path, 1)
    (tmp_path / IMAGES / "0.jpg").write_bytes(b"broken")
    with pytest.raises(PipelineError, match="no mask could be read"):
        find(tmp_path, tmp_path / "errors.csv")

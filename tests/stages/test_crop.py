import hashlib

import numpy as np
import pytest

from face_parsing.clips.face_table import write_faces
from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import IGNORE_INDEX, read_labels
from face_parsing.imaging.label_maps import read_label_map, write_label_map
from face_parsing.imaging.pictures import read_image, write_jpeg
from stages import boxes, crop

pytestmark = pytest.mark.integration

PARAMS = """
crop: {{margin: 0.0, pad_value: 114}}
train_crops: {{boxes: {boxes}, jitter: {jitter}, context: 0.5}}
profile: mini
profiles: {{mini: {{crops: {{max_size: 64}}}}}}
"""


@pytest.fixture
def project(empty_project):
    """One-frame clips: 64 x 64 pixels with two faces, and 4000 x 3000 whose face is cut by three sides."""
    labels = read_labels(empty_project / "data" / "labels.yaml")
    clips = empty_project / "data" / "clips"
    for split, size in zip(SPLITS, [(64, 64), (3000, 4000), (64, 64)], strict=True):
        write_split(clips, split, [split])
        label_map = np.ones(size, np.uint8)
        write_jpeg(clips / "JPEGImages" / split / "00000.jpg", np.full((*size, 3), 200, np.uint8))
        write_label_map(clips / "Annotations" / split / "00000.png", label_map, labels)
    (empty_project / "params.yaml").write_text(PARAMS.format(boxes="detected", jitter=0.1), encoding="utf-8")
    rows = [
        ("train", "00000", 16.0, 16.0, 32.0, 32.0, 0.9, "detected"),
        ("train", "00000", 48.0, 48.0, 64.0, 64.0, 0.8, "detected"),
        ("val", "00000", 0.0, 0.0, 2000.0, 3000.0, 0.7, "detected"),
    ]
    write_faces(empty_project / "data/faces.csv", rows)
    return empty_project


def test_every_face_of_train_and_val_is_cut_and_none_of_test(project, capsys):
    crop.main()
    files = sorted(p.relative_to(project / "data/crops").as_posix() for p in (project / "data/crops").glob("*/*/*"))
    assert files == [
        "train/images/train_00000_0.jpg",
        "train/images/train_00000_1.jpg",
        "train/labels/train_00000_0.png",
        "train/labels/train_00000_1.png",
        "val/images/val_00000_0.jpg",
        "val/labels/val_00000_0.png",
    ]
    assert capsys.readouterr().out == "2 crops for training and 1 for validation: data/crops\n"


def test_small_crops_keep_their_size_and_padding_is_grey_and_ignored(project):
    crop.main()
    # The box 48..64 grown by half its side: 40..72, of which the frame holds 40..64.
    image = read_image(project / "data/crops/train/images/train_00000_1.jpg")
    label_map = read_label_map(project / "data/crops/train/labels/train_00000_1.png")
    assert image.shape == (32, 32, 3)
    assert (label_map[:24, :24] == 1).all()
    assert (label_map[24:] == IGNORE_INDEX).all() and (label_map[:, 24:] == IGNORE_INDEX).all()
    assert abs(int(image[4, 4, 0]) - 200) < 4 and abs(int(image[30, 30, 0]) - 114) < 4


def test_large_crops_are_shrunk_whole(project):
    crop.main()
    # A square of 6000 pixels around (1000, 1500): the frame fills columns 2000 to 6000 and rows 1500 to 4500 of it.
    label_map = read_label_map(project / "data/crops/val/labels/val_00000_0.png")
    assert label_map.shape == (64, 64)
    rows, columns = np.nonzero(label_map == 1)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (21, 63, 16, 47)


def test_crops_do_not_depend_on_the_number_of_workers(project, monkeypatch):
    digests = []
    for workers in ("1", "2"):
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", workers)
        crop.main()
        files = sorted((project / "data/crops").glob("*/*/*"))
        digests.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in files])
    assert digests[0] == digests[1]


def use_true_boxes(project, jitter: float) -> None:
    text = "boxes: {exclude: [], min_area: 1}" + PARAMS.format(boxes="truth", jitter=jitter)
    (project / "params.yaml").write_text(text, encoding="utf-8")
    boxes.main()


def test_crops_around_true_boxes_need_no_detections_and_skip_frames_without_a_face(project):
    labels = read_labels(project / "data/labels.yaml")
    empty = np.zeros((64, 64), np.uint8)
    write_label_map(project / "data/clips/Annotations/val/00000.png", empty, labels)
    write_jpeg(project / "data/clips/JPEGImages/val/00000.jpg", np.zeros((64, 64, 3), np.uint8))
    face = empty.copy()
    face[20:30, 16:48] = 1
    write_label_map(project / "data/clips/Annotations/train/00000.png", face, labels)
    (project / "data/faces.csv").unlink()
    use_true_boxes(project, jitter=0.0)
    crop.main()
    files = [p.relative_to(project / "data/crops").as_posix() for p in (project / "data/crops").glob("*/labels/*")]
    assert files == ["train/labels/train_00000_0.png"]
    # The box of 32 x 10 pixels around (32, 25), half its longer side more on every side.
    rows, columns = np.nonzero(read_label_map(project / "data/crops" / files[0]) == 1)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (16, 47, 27, 36)


def test_jitter_moves_the_crops_the_same_way_in_every_run(project):
    crops = []
    for jitter in (0.0, 0.2, 0.2):
        use_true_boxes(project, jitter)
        crop.main()
        crops.append((project / "data/crops/train/labels/train_00000_0.png").read_bytes())
    assert crops[0] != crops[1] == crops[2]


def test_a_face_table_of_other_clips_is_one_line(project):
    write_faces(project / "data/faces.csv", [("other", "00000", 0.0, 0.0, 9.0, 9.0, 0.5, "detected")])
    with pytest.raises(PipelineError, match=r"faces\.csv: no row for frame 00000 of clip train"):
        crop.main()
    assert not (project / "data/crops").exists()

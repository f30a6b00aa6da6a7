"""Each source's own layout comes into the clip layout, label by label."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.clips.layout import SPLITS, frames_of, read_split
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.sources.label_tables import label_table
from stages.prepare import bring_in
from tests.face_parsing.sources import folders
from tests.face_parsing.sources.folders import FOLDERS, data, face, image_of


def bring(source: str, root: Path, **options) -> tuple[int, Path]:
    parameters = data(source, root, **options)
    target = root.parent / "clips"
    written = bring_in(
        parameters, read_labels(label_table(parameters.source, parameters.labels, "data.labels")), target
    )
    return sum(counts.frames for counts in written.values()), target


@pytest.mark.parametrize(
    ("source", "frames", "clips"),
    [
        ("davis", 12, {"train": 1, "val": 1, "test": 1}),
        ("sfp", 12, {"train": 1, "val": 1, "test": 1}),
        ("lapa", 9, {"train": 3, "val": 3, "test": 3}),
        ("face_synthetics", 8, {"train": 4, "val": 2, "test": 2}),
        ("celebamask_hq", 8, {"train": 4, "val": 2, "test": 2}),
        ("helen", 6, {"train": 3, "val": 1, "test": 2}),
    ],
)
def test_every_frame_comes_in_with_its_label_map_in_one_split(tmp_path, source, frames, clips):
    root = tmp_path / "source"
    FOLDERS[source](root)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    number, target = bring(source, root)
    assert number == frames
    names = {split: read_split(target, split) for split in SPLITS}
    assert {split: len(of_split) for split, of_split in names.items()} == clips
    every = [clip for of_split in names.values() for clip in of_split]
    assert len(set(every)) == len(every)
    classes = 11 if source in ("lapa", "helen") else 19 if source in ("face_synthetics", "celebamask_hq") else 18
    for clip in every:
        for shift, frame in enumerate(frames_of(target, clip)):
            expected = np.roll(face(classes), shift, axis=1)
            if source == "face_synthetics":
                expected[:2] = 255
            np.testing.assert_array_equal(read_label_map(frame.annotation), expected)
            assert read_image(frame.image).shape[:2] == expected.shape
    # The source stays as it was, and shares no file with what was made of it.
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert all(path.stat().st_nlink == 1 for path in before)


def test_celebamask_hq_takes_the_official_split_where_its_files_are(tmp_path):
    root = tmp_path / "source"
    folders.celebamask_hq(root)
    lines = [f"{i} {i + 100} {i + 100:06d}.jpg" for i in range(8)]
    (root / "CelebA-HQ-to-CelebA-mapping.txt").write_text("\n".join(["idx orig_idx orig_file", *lines]) + "\n")
    partition = [f"{i + 100:06d}.jpg {min(i // 3, 2)}" for i in range(8)]
    (root / "list_eval_partition.txt").write_text("\n".join(partition) + "\n")
    _, target = bring("celebamask_hq", root)
    assert [read_split(target, split) for split in SPLITS] == [["0", "1", "2"], ["3", "4", "5"], ["6", "7"]]


def test_a_drawn_split_is_the_seeds_and_every_split_gets_a_clip(tmp_path):
    root = tmp_path / "source"
    folders.face_synthetics(root)
    _, target = bring("face_synthetics", root)
    first = [read_split(target, split) for split in SPLITS]
    _, target = bring("face_synthetics", root)
    assert [read_split(target, split) for split in SPLITS] == first
    for path in root.glob("*"):
        if int(path.name[:6]) > 2:
            path.unlink()
    _, target = bring("face_synthetics", root)
    assert [len(read_split(target, split)) for split in SPLITS] == [1, 1, 1]


def test_stills_become_clips_that_move_and_clips_stay_as_they_are(tmp_path):
    root = tmp_path / "source"
    folders.lapa(root)
    number, target = bring("lapa", root, frames_per_still=5)
    assert number == 9 * 5
    frames = frames_of(target, read_split(target, "test")[0])
    maps = [read_label_map(frame.annotation) for frame in frames]
    assert [frame.name for frame in frames] == [f"{i:05d}" for i in range(5)]
    assert all((one != other).any() for one, other in pairwise(maps))
    folders.davis(tmp_path / "davis")
    assert bring("davis", tmp_path / "davis", frames_per_still=5)[0] == 12


def test_image_and_label_map_move_together(tmp_path):
    root = tmp_path / "source"
    folders.lapa(root)
    for path in root.glob("*/images/*.jpg"):
        large = cv2.resize(face(11), (480, 480), interpolation=cv2.INTER_NEAREST)
        folders.write_image(path, image_of(large, 99))
        folders.write_mask(path.parents[1] / "labels" / f"{path.stem}.png", large)
    _, target = bring("lapa", root, frames_per_still=4)
    for frame in frames_of(target, read_split(target, "val")[0]):
        label_map = read_label_map(frame.annotation)
        off = np.abs(read_image(frame.image).astype(int) - image_of(label_map, 99)).max(axis=2) > 12
        # The classes' borders are blurred in the image; within them the colours tell the classes.
        inside = cv2.morphologyEx(label_map, cv2.MORPH_GRADIENT, np.ones((9, 9), np.uint8)) == 0
        assert inside.mean() > 0.5 and off[inside].mean() < 0.001

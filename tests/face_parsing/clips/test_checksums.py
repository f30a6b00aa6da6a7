import subprocess
from pathlib import Path

import numpy as np
import pytest

from face_parsing.clips.checksums import IMAGES, LABEL_MAPS, write_checksums
from face_parsing.clips.layout import SPLITS, write_split
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg

LABELS = read_labels(Path("configs/labels.yaml"))


@pytest.fixture
def clips(tmp_path) -> Path:
    """A clip of two frames for each split, one with a space in its name."""
    folder = tmp_path / "clips"
    for split in SPLITS:
        write_split(folder, split, [f"{split} clip"])
        for frame in ("00000", "00001"):
            write_jpeg(folder / "JPEGImages" / f"{split} clip" / f"{frame}.jpg", np.full((8, 8, 3), 90, np.uint8))
            write_label_map(
                folder / "Annotations" / f"{split} clip" / f"{frame}.png", np.eye(8, dtype=np.uint8), LABELS
            )
    return folder


def checksums(clips: Path, folder: Path) -> dict[str, str]:
    folder.mkdir()
    write_checksums(clips, folder)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.sha256")}


def test_sha256sum_finds_the_files_of_each_split_as_they_are_told(clips, tmp_path):
    lists = checksums(clips, tmp_path / "sums")
    assert lists.keys() == {f"{split}/{name}" for split in SPLITS for name in (IMAGES, LABEL_MAPS)}
    for name in lists:
        told = subprocess.run(
            ["sha256sum", "--check", "--strict", tmp_path / "sums" / name],
            cwd=clips,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0 and told.stdout.count(": OK") == 2


def test_a_changed_mask_changes_its_own_list_alone(clips, tmp_path):
    before = checksums(clips, tmp_path / "before")
    write_label_map(clips / "Annotations/test clip/00001.png", np.zeros((8, 8), np.uint8), LABELS)
    after = checksums(clips, tmp_path / "after")
    assert {name for name in before if before[name] != after[name]} == {f"test/{LABEL_MAPS}"}

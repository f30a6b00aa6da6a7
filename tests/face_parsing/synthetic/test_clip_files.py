from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.synthetic.clip_files import render_clips, write_clip
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic

pytestmark = pytest.mark.integration

LABELS = read_labels(Path("configs/labels.yaml"))


CLIPS = RenderedClips(
    count=PerSplit(train=1, val=1, test=1),
    frames=PerSplit(train=6, val=6, test=6),
    width=160,
    height=96,
    domain_randomization=DomainRandomization(
        people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    ),
)


def parameters(label_errors: float) -> Synthetic:
    return Synthetic(
        seed=1,
        small_faces=0.0,
        smallest_face=0.08,
        partial_faces=0.0,
        fast_turns=0.0,
        label_errors=label_errors,
        bad_frames=0.0,
    )


def written(folder: Path, split: str, label_errors: float) -> tuple[list[str], dict[str, np.ndarray]]:
    wrong, counts = write_clip(parameters(label_errors), CLIPS, LABELS, folder, (split, 0))
    masks = {path.stem: read_label_map(path) for path in sorted((folder / "Annotations" / f"{split}_000").iterdir())}
    values, pixels = np.unique(np.stack([*masks.values()]), return_counts=True)
    assert (counts.frames, counts.pixels) == (len(masks), dict(zip(values.tolist(), pixels.tolist(), strict=True)))
    return wrong, masks


def test_label_errors_are_swapped_masks_and_every_one_is_told(tmp_path):
    _, right = written(tmp_path / "right", "train", 0.0)
    wrong, masks = written(tmp_path / "wrong", "train", 0.5)
    assert 0 < len(wrong) < len(masks)
    for frame, mask in masks.items():
        np.testing.assert_array_equal(mask, LABELS.mirrored[right[frame]] if frame in wrong else right[frame])


def test_val_and_test_masks_have_no_errors(tmp_path):
    for split in ("val", "test"):
        wrong, masks = written(tmp_path / "wrong", split, 1.0)
        assert wrong == []
        np.testing.assert_array_equal(masks["00000"], written(tmp_path / "right", split, 0.0)[1]["00000"])


def test_the_files_are_frames_and_masks_of_one_size(tmp_path):
    _, masks = written(tmp_path, "test", 0.0)
    images = sorted(path.stem for path in (tmp_path / "JPEGImages" / "test_000").iterdir())
    assert images == list(masks) == [f"{i:05d}" for i in range(6)]
    assert all(mask.shape == (96, 160) for mask in masks.values())


def test_a_table_without_a_class_that_is_drawn_is_told(tmp_path):
    table = LabelTable(tuple(label for label in LABELS.labels if label.name != "nose"))
    with pytest.raises(PipelineError, match="the label table has no class nose; expected one of background, skin"):
        render_clips(parameters(0.0), CLIPS, table, tmp_path)

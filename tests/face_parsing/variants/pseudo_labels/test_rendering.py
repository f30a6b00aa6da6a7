"""Rendered clips without masks: as the train split's, but other ones."""

from pathlib import Path

import numpy as np

from face_parsing.core.labels import read_labels
from face_parsing.imaging.pictures import read_image
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip
from face_parsing.variants.pseudo_labels.rendering import render_unlabelled

LABELS = read_labels(Path("configs/labels.yaml"))
PLAIN = DomainRandomization(people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0)
CLIPS = RenderedClips(
    count=PerSplit(train=2, val=1, test=1),
    frames=PerSplit(train=1, val=1, test=1),
    width=96,
    height=64,
    domain_randomization=PLAIN,
)
PARAMETERS = Synthetic(
    seed=0,
    small_faces=0.0,
    smallest_face=0.08,
    partial_faces=0.0,
    fast_turns=0.0,
    label_errors=0.0,
    bad_frames=0.0,
)


def rendered(folder: Path, domain_randomization: float | None) -> list[np.ndarray]:
    clips = render_unlabelled(PARAMETERS, CLIPS, domain_randomization, LABELS, folder)
    assert clips == {"unlabelled_000": 1, "unlabelled_001": 1}
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == [f"JPEGImages/{clip}/00000.jpg" for clip in clips]  # and no annotation
    return [read_image(folder / file) for file in files]


def test_there_are_as_many_as_train_clips_but_none_of_them_and_looks_make_them_another_kind(tmp_path):
    plain, varied = rendered(tmp_path / "plain", None), rendered(tmp_path / "varied", 1.0)
    for index, image in enumerate(plain):
        ((labelled, _),) = render_clip(PARAMETERS, CLIPS, LABELS, "train", index)
        assert image.shape == labelled.shape
        assert np.abs(image.astype(int) - labelled).mean() > 10
        assert np.abs(image.astype(int) - varied[index]).mean() > 10

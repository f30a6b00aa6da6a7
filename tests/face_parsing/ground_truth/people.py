"""Rendered people whose ground truth is tested."""

from pathlib import Path

from face_parsing.core.labels import read_labels
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.script import Script, draw_script

LABELS = read_labels(Path("configs/labels.yaml"))
TROUBLES = dict(small_faces=0.0, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)


def script_of(index: int, frames: int = 1, **shares: float) -> Script:
    """The script of a person whose face is large in a picture of 320 x 320."""
    each = PerSplit(train=frames, val=frames, test=frames)
    kinds = dict.fromkeys(DomainRandomization.model_fields, 0.0) | shares
    clips = RenderedClips(
        count=each, frames=each, width=320, height=320, domain_randomization=DomainRandomization(**kinds)
    )
    return draw_script(Synthetic(seed=2, smallest_face=0.7, **TROUBLES), clips, "train", index)

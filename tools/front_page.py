"""Draws docs/parsed.jpg, rendered faces that no training saw with their parts by the bundled models.

Run it as python -m tools.front_page.
"""

from pathlib import Path

import numpy as np

from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.runtime.face_parser import FaceParser
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

PICTURE = Path("docs/parsed.jpg")
SEED, FACES, SIDE = 2000, range(12, 18), 224
ONCE = PerSplit(train=1, val=1, test=1)
VARIED = DomainRandomization(people=1.0, occluders=0.0, lights=1.0, scenery=1.0, camera=0.0, framing=0.0)
EASY = dict(small_faces=0.0, smallest_face=0.5, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)


def main() -> None:
    """Write the picture: a row of faces above a row of overlays."""
    size = RenderedClips(count=ONCE, frames=ONCE, width=SIDE, height=SIDE, domain_randomization=VARIED)
    labels, parser = read_labels(Path("configs/labels.yaml")), FaceParser()
    faces = [next(iter(render_clip(Synthetic(seed=SEED, **EASY), size, labels, "test", n)))[0] for n in FACES]
    overlays = [np.asarray(parser(face, color="bgr").overlay())[..., ::-1] for face in faces]
    write_jpeg(PICTURE, np.vstack([np.hstack(faces), np.hstack(overlays)]), quality=88)
    print(PICTURE)


if __name__ == "__main__":
    run(main)

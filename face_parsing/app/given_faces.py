"""Faces that a user gives in a table, in the place of those that a detector would find."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.face_table import Face, faces_by_clip
from face_parsing.sources.footage import Images, Video


class GivenFaces:
    """The faces of a table, asked for by input.

    Args:
        path: The face table.

    Raises:
        UserError: see :func:`face_parsing.pipeline.face_table.read_faces`.
    """

    def __init__(self, path: Path):
        self.path = path
        self.faces = faces_by_clip(path)

    def check_clips(self, clips: Sequence[str]) -> None:
        """Check that the table is of some of these inputs, which are given by name; it may have others too.

        Raises:
            UserError: it is of none.
        """
        if self.faces and not self.faces.keys() & set(clips):
            one = next(iter(self.faces))
            raise UserError(f"{self.path}: clip {one} is no input; expected clips such as {clips[0]}")

    def __call__(self, footage: Images | Video, images: Iterable[np.ndarray]) -> Iterator[list[Face]]:
        """Yield the faces of each frame of an input, cut to the frame; a frame without a row has none.

        Args:
            footage: The input.
            images: Its frames, (H, W, 3) uint8 BGR each, one at a time.

        Raises:
            UserError: no row of the input is of a frame that it has, or a face lies outside its frame.
        """
        of_clip = self.faces.get(footage.name, {})
        names = list(footage.frame_names)
        if of_clip and not of_clip.keys() & set(names):
            raise UserError(
                f"{self.path}: clip {footage.name} has no frame {next(iter(of_clip))}; "
                f"expected frames such as {names[0]}"
            )
        for name, image in zip(names, images, strict=True):
            height, width = image.shape[:2]
            faces = [_inside(face, width, height) for face in of_clip.get(name, [])]
            for x1, y1, x2, y2 in (face.box for face in faces):
                if x1 >= x2 or y1 >= y2:
                    raise UserError(
                        f"{self.path}: a face of clip {footage.name}, frame {name}, lies outside the picture; expected "
                        f"a part of it within {width} x {height} pixels"
                    )
            yield faces


def _inside(face: Face, width: int, height: int) -> Face:
    """The face cut to a frame of so many pixels, and rounded as the face table holds it."""
    x1, y1, x2, y2 = face.box
    return Face((max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)), face.score, face.source).rounded()

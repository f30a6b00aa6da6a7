"""Faces from a user's table instead of the detector."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face_parsing.clips.face_table import Face, faces_by_clip
from face_parsing.core.errors import PipelineError
from face_parsing.media.reading import Images, Video

EXAMPLES = 3  # of the names in a line


class GivenFaces:
    """The faces of a table, by input.

    Args:
        path: The face table.

    Raises:
        PipelineError: See :func:`face_parsing.clips.face_table.read_faces`.
    """

    def __init__(self, path: Path):
        self.path = path
        self.faces = faces_by_clip(path)

    def check_clips(self, clips: Sequence[str]) -> None:
        """Check that the table has rows for at least one input, and report the rows of other clips.

        Args:
            clips: Names of the inputs.

        Raises:
            PipelineError: No row matches an input.
        """
        if self.faces and not self.faces.keys() & set(clips):
            clip = next(iter(self.faces))
            raise PipelineError(f"{self.path}: clip {clip} is not an input; expected clips such as {clips[0]}")
        inputs = set(clips)
        others = {clip: sum(map(len, frames.values())) for clip, frames in self.faces.items() if clip not in inputs}
        if others:
            self._tell(f"{_rows(others)} of clips that are no input, such as {_examples(others)}")

    def __call__(self, media: Images | Video, images: Iterable[np.ndarray]) -> Iterator[list[Face]]:
        """Yield the faces of each frame of an input, clipped to the frame; a frame without a row has no face.

        Rows of frames that the input lacks are reported in one line.

        Args:
            media: The input.
            images: Its frames, (H, W, 3) uint8 BGR each; read one at a time.

        Raises:
            PipelineError: No row of the input matches a frame, or a face lies outside its frame.
        """
        clip_faces = self.faces.get(media.name, {})
        names = list(media.frame_names)
        known = set(names)
        if clip_faces and not clip_faces.keys() & known:
            frame = next(iter(clip_faces))
            raise PipelineError(
                f"{self.path}: clip {media.name} has no frame {frame}; expected frames such as {names[0]}"
            )
        others = {frame: len(faces) for frame, faces in clip_faces.items() if frame not in known}
        if others:
            self._tell(
                f"{_rows(others)} of frames that clip {media.name} lacks, such as {_examples(others)}; expected frames "
                f"such as {names[0]}"
            )
        for name, image in zip(names, images, strict=True):
            height, width = image.shape[:2]
            faces = [_inside(face, width, height) for face in clip_faces.get(name, [])]
            for x1, y1, x2, y2 in (face.box for face in faces):
                if x1 >= x2 or y1 >= y2:
                    raise PipelineError(
                        f"{self.path}: a face of clip {media.name}, frame {name}, lies outside the picture; expected "
                        f"a part of it within {width} x {height} pixels"
                    )
            yield faces

    def _tell(self, message: str) -> None:
        tqdm.write(f"ignored: {self.path}: {message}", file=sys.stderr)


def _rows(counts: Mapping[str, int]) -> str:
    """The number of rows of some clips or frames, given by name."""
    number = sum(counts.values())
    return f"{number} row{'s' * (number > 1)}"


def _examples(names: Iterable[str]) -> str:
    """The first names of several."""
    return ", ".join(islice(names, EXAMPLES))


def _inside(face: Face, width: int, height: int) -> Face:
    """The face clipped to a frame of width x height pixels, and rounded as in the face table."""
    x1, y1, x2, y2 = face.box
    return Face((max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)), face.score, face.source).rounded()

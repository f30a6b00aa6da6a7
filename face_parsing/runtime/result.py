"""What a FaceParser makes of one image."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from face_parsing.clips.face_table import Face
from face_parsing.core.labels import LabelTable
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.media.overlay import overlay
from face_parsing.parsing.compositing import ScoredFaces, probability_map


@dataclass(frozen=True)
class Result:
    """The parsed faces of an image.

    Example:
        >>> import numpy as np
        >>> from face_parsing import FaceParser
        >>> result = FaceParser()(np.zeros((96, 128, 3), np.uint8), color="rgb")
        >>> result.label_map.shape, result.label_map.dtype, result.class_names[:2]
        ((96, 128), dtype('uint8'), ['background', 'skin'])
        >>> result.mask("hair").dtype, result.mask("hair", soft=True).dtype
        (dtype('bool'), dtype('float32'))

    Attributes:
        name: The image's name: that of its file without the suffix, or "image".
        image: (H, W, 3) uint8 BGR, upright.
        label_map: (H, W) uint8, class ids after GrabCut.
        faces: The faces, the main one first.
        labels: The label table.
        scores: The class probabilities of each face with its square, before GrabCut; empty for a hard vote.
    """

    name: str
    image: np.ndarray
    label_map: np.ndarray
    faces: list[Face]
    labels: LabelTable
    scores: ScoredFaces

    @property
    def class_names(self) -> list[str]:
        """The classes' names by id.

        Example:
            >>> from face_parsing import FaceParser
            >>> FaceParser()(Image.new("RGB", (128, 96))).class_names[:3]
            ['background', 'skin', 'left_eyebrow']
        """
        return self.labels.names

    def mask(self, name: str, soft: bool = False) -> np.ndarray:
        """The mask of one class.

        Example:
            >>> from face_parsing import FaceParser
            >>> result = FaceParser()(Image.new("RGB", (128, 96)))
            >>> result.mask("hair").dtype, result.mask("hair", soft=True).dtype
            (dtype('bool'), dtype('float32'))

        Args:
            name: The class, such as "hair"; see :attr:`class_names`.
            soft: Whether to return the models' probabilities, which have soft edges, not the label map's pixels.

        Returns:
            (H, W) bool, or for ``soft`` (H, W) float32 from 0 to 1.

        Raises:
            PipelineError: There is no such class.
            ValueError: ``soft`` is asked of a hard vote, which has no probabilities.
        """
        label = self.labels.id_of(name)
        if not soft:
            return self.label_map == label
        if not self.scores and self.faces:
            raise ValueError("soft masks of a hard vote; expected ensemble.vote: soft")
        return probability_map(self.label_map.shape, self.scores, label)

    def overlay(self) -> Image.Image:
        """The label map over the image, with a box around each face.

        Example:
            >>> from face_parsing import FaceParser
            >>> FaceParser()(Image.new("RGB", (128, 96))).overlay().size
            (128, 96)
        """
        return Image.fromarray(self._overlay()[..., ::-1])

    def save(self, folder: Path | str) -> list[Path]:
        """Write ``<name>.png``, the label map, and ``<name>_overlay.jpg`` to a folder, and return their paths.

        Example:
            >>> import tempfile
            >>> from face_parsing import FaceParser
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     [path.name for path in FaceParser()(Image.new("RGB", (128, 96))).save(folder)]
            ['image.png', 'image_overlay.jpg']
        """
        paths = [Path(folder) / f"{self.name}.png", Path(folder) / f"{self.name}_overlay.jpg"]
        write_label_map(paths[0], self.label_map, self.labels)
        write_jpeg(paths[1], self._overlay())
        return paths

    def _overlay(self) -> np.ndarray:
        return overlay(self.image, self.label_map, self.labels.palette, self.faces)

"""Contact sheets of pictures with their label maps."""

import cv2
import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.inspection.labelled_data import Sample
from face_parsing.media.overlay import overlay

TILES, COLUMNS = 12, 4
SIDE = 280  # of a tile in pixels
CAPTION = 18  # height of a line of text in pixels
LEGEND = 170  # width in pixels
QUALITY = 75  # JPEG quality, at which even a sheet of noise stays below 1 MB


class ContactSheet:
    """Pictures with overlays of their label maps, drawn evenly, beside a legend of the classes.

    Args:
        labels: The label table.
    """

    def __init__(self, labels: LabelTable):
        self.labels = labels
        self.tiles: list[np.ndarray] = []
        self.step = 1  # every how many pictures have a tile

    def add(self, number: int, sample: Sample, suspect: bool) -> None:
        """Draw a picture with its name; a suspect one is marked.

        Some pictures are left out, since the number of valid pictures is known only at the end.

        Args:
            number: Number of the picture, from 0.
            sample: The picture.
            suspect: Whether its left and right look swapped.
        """
        if number % self.step:
            return
        self.tiles.append(self._tile(sample, suspect))
        if len(self.tiles) == 2 * TILES:
            self.tiles, self.step = self.tiles[::2], 2 * self.step

    def _tile(self, sample: Sample, suspect: bool) -> np.ndarray:
        picture = overlay(sample.image, sample.label_map, self.labels.palette, [])
        height, width = picture.shape[:2]
        scale = SIDE / max(height, width)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        tile = np.full((SIDE + CAPTION, SIDE, 3), 255, np.uint8)
        tile[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        name = f"{sample.clip}/{sample.frame}{' SWAPPED?' if suspect else ''}"
        _write(tile, name[-SIDE // 8 :], (2, SIDE + CAPTION - 5), (0, 0, 200) if suspect else (0, 0, 0))
        return tile

    def drawn(self) -> np.ndarray:
        """The sheet, (H, W, 3) uint8 BGR."""
        shown = np.linspace(0, len(self.tiles) - 1, min(TILES, len(self.tiles))).round().astype(int)
        tiles = [self.tiles[i] for i in shown]
        rows = [tiles[i : i + COLUMNS] for i in range(0, len(tiles), COLUMNS)]
        rows[-1] += [np.full_like(tiles[0], 255)] * (min(COLUMNS, len(tiles)) - len(rows[-1]))
        grid = np.vstack([np.hstack(row) for row in rows])
        labels = self.labels.parts
        legend = np.full((max(len(grid), CAPTION * (len(labels) + 1)), LEGEND, 3), 255, np.uint8)
        for line, label in enumerate(labels):
            bottom = CAPTION * (line + 1)
            cv2.rectangle(legend, (4, bottom - 12), (16, bottom), label.color[::-1], cv2.FILLED)
            _write(legend, f"{label.id} {label.name}"[:24], (22, bottom - 2), (0, 0, 0))
        padding = ((0, len(legend) - len(grid)), (0, 0), (0, 0))
        return np.hstack([np.pad(grid, padding, constant_values=255), legend])


def _write(image: np.ndarray, text: str, place: tuple[int, int], colour: tuple[int, int, int]) -> None:
    # OpenCV's fonts have ASCII alone.
    ascii_text = text.encode("ascii", "replace").decode()
    cv2.putText(image, ascii_text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)

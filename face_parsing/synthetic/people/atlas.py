"""The atlas: one sheet that holds the paint of all meshes, as classes and as colors.

The sheet is measured in centimetres, and each mesh has its own strip of it. The picture and the mask read the same
texel, so they agree to the pixel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from face_parsing.synthetic.people.head import UNROLLED

WIDTH = 2 * np.pi * UNROLLED
STRIPS = {"head": 0.0, "hair": 28.0, "torso": 72.0, "neck": 102.0, "ears": 114.0, "glasses": 122.0, "occluders": 124.0}
HEIGHT = 188.0
HEAD_TOP = 13.0  # the height on the head at the top of its strip
EARS = {1: 10.0, -1: 30.0}  # the middle of each ear in its strip
EAR_SPAN = 12.0


@dataclass(frozen=True)
class Atlas:
    """The paint of a person.

    Attributes:
        classes: (H, W) uint8 class ids.
        colors: (H, W, 3) float32 BGR reflectances in linear light, 0 to 1.
        scale: Texels a centimetre.
    """

    classes: np.ndarray
    colors: np.ndarray
    scale: float

    def strip(self, name: str) -> tuple[slice, slice]:
        """Return the rows and columns of a strip."""
        tops = [*STRIPS.values(), HEIGHT]
        number = list(STRIPS).index(name)
        return slice(round(tops[number] * self.scale), round(tops[number + 1] * self.scale)), slice(None)


def blank(scale: float) -> Atlas:
    """Return an empty sheet at ``scale`` texels a centimetre."""
    shape = (int(np.ceil(HEIGHT * scale)) + 1, int(np.ceil(WIDTH * scale)) + 1)
    return Atlas(np.zeros(shape, np.uint8), np.zeros((*shape, 3), np.float32), scale)


def linear(color: ArrayLike) -> np.ndarray:
    """Convert an RGB color of 0 to 255 to linear BGR reflectance."""
    return (np.clip(np.asarray(color, np.float32), 0, 255)[..., ::-1] / 255) ** 2.2


def head_texture(points: np.ndarray) -> np.ndarray:
    """Return texture coordinates of a grid of points on the head by their azimuth and height, (rows, columns, 2)."""
    # At the seam in the back, arctan2 may return either sign: the first column is -pi, the last is pi.
    azimuth = np.arctan2(points[..., 0], points[..., 2])
    azimuth[:, 0], azimuth[:, -1] = -np.pi, np.pi
    return np.stack([azimuth * UNROLLED + WIDTH / 2, HEAD_TOP - points[..., 1]], -1)


def around_texture(strip: str, down: np.ndarray, columns: int) -> np.ndarray:
    """Return texture coordinates of a grid once around; ``down`` is (rows,) or (rows, columns) centimetres."""
    down = down[:, None] if down.ndim == 1 else down
    across = np.linspace(0, WIDTH, columns)[None, :]
    return np.stack(np.broadcast_arrays(across, STRIPS[strip] + down), -1)


def ear_texture(side: int, rows: int, columns: int) -> np.ndarray:
    """Return texture coordinates of an ear's grid, (rows, columns, 2)."""
    across = EARS[side] + EAR_SPAN * np.linspace(-0.5, 0.5, columns)[None, :]
    down = STRIPS["ears"] + 0.5 + 7.0 * np.linspace(0, 1, rows)[:, None]
    return np.stack(np.broadcast_arrays(across, down), -1)

"""The head as a distance by direction, the base for everything worn on it."""

import cv2
import numpy as np

from face_parsing.synthetic.people.head import EYE_DISTANCE, GRID, grid_azimuths
from face_parsing.synthetic.people.person import Person


def directions(azimuth: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return unit vectors (..., 3) by azimuth (0 in front, positive to the subject's left) and latitude, radians."""
    flat = np.cos(latitude)
    return np.stack(np.broadcast_arrays(flat * np.sin(azimuth), np.sin(latitude), flat * np.cos(azimuth)), -1)


def angles(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return azimuth, latitude and distance from the head's origin of points (..., 3)."""
    distance = np.maximum(np.linalg.norm(points, axis=-1), 1e-6)
    return np.arctan2(points[..., 0], points[..., 2]), np.arcsin(points[..., 1] / distance), distance


class HeadSurface:
    """The head's extent in each direction from its origin; ``smooth`` is a hull without nostrils and lips."""

    def __init__(self, person: Person):
        points = person.vertices[person.is_head].reshape(*GRID, 3)
        self.azimuths = grid_azimuths()
        self.exact = np.linalg.norm(points, axis=-1).astype(np.float32)
        hull = cv2.dilate(self.exact, np.ones((5, 7), np.uint8))
        self.smooth = np.maximum(cv2.GaussianBlur(hull, (0, 0), 2.0), self.exact)
        self.person = person.identity
        row = int(np.abs(points[:, GRID[1] // 2, 1] - person.identity.eye[1]).argmin())
        self.bridge = float(points[row, GRID[1] // 2, 2])  # how far the nose's bridge stands out between the eyes
        self.eye = np.array([EYE_DISTANCE * person.identity.eye[0], person.identity.eye[1]])

    def radius(self, azimuth: np.ndarray, latitude: np.ndarray, smooth: bool = True) -> np.ndarray:
        """Return the head's extent in centimetres, in the broadcast shape of both angles; by default the hull's."""
        azimuth, latitude = np.broadcast_arrays((azimuth + np.pi) % (2 * np.pi) - np.pi, latitude)
        column = np.interp(azimuth, self.azimuths, np.arange(GRID[1])).astype(np.float32)
        row = ((np.pi / 2 - latitude) / np.pi * (GRID[0] - 1)).astype(np.float32)
        shape = azimuth.shape
        field = self.smooth if smooth else self.exact
        sampled = cv2.remap(
            field, column.reshape(1, -1), row.reshape(1, -1), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return sampled.reshape(shape).astype(float)

    def points(self, azimuth: np.ndarray, latitude: np.ndarray, off: float | np.ndarray) -> np.ndarray:
        """Return points ``off`` centimetres above the hull, (..., 3)."""
        return directions(azimuth, latitude) * (self.radius(azimuth, latitude) + off)[..., None]

    def edge(self, azimuth: np.ndarray, height: float, slope: float, off: float) -> np.ndarray:
        """Return the latitude at which the plane ``y = height + slope * z`` cuts the hull, by azimuth (C,)."""
        latitude = np.linspace(np.pi / 2, -np.pi / 3, 160)[:, None]
        points = self.points(azimuth[None, :], latitude, off)
        above = points[..., 1] - height - slope * points[..., 2]
        last = np.clip((above > 0).sum(0) - 1, 0, len(latitude) - 2)  # the last row above the plane
        column = np.arange(len(azimuth))
        upper, lower = above[last, column], above[last + 1, column]
        share = np.clip(upper / np.maximum(upper - lower, 1e-6), 0, 1)
        return latitude[last, 0] + share * (latitude[last + 1, 0] - latitude[last, 0])

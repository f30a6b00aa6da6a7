"""Images of a frame beside its label maps."""

import cv2
import numpy as np

from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.imaging.resizing import resized_image, resized_labels

HEIGHT = 320
WIDEST = 4 * HEIGHT  # of a panel; only frames of extreme aspect ratio are wider, and are squeezed
CUT = 480  # the longest side of a crop, in pixels
WHOLE = 240  # the longest side of a whole frame, in pixels
MARGIN = 0.2  # of the face's longer side


def draw_picture(image: np.ndarray, label_maps: dict[str, np.ndarray], palette: np.ndarray) -> np.ndarray:
    """Draw a frame and its label maps side by side, cropped to the face of the first label map (the ground truth).

    Args:
        image: (H, W, 3) uint8 BGR.
        label_maps: The label maps by title, (H, W) uint8 each.
        palette: The colours by class, (256, 3) uint8 RGB.

    Returns:
        (320, W', 3) uint8 BGR, with the titles in the panels.
    """
    truth = next(iter(label_maps.values()))
    region = _face_region(truth)
    colours = palette[:, ::-1]
    panels = {"frame": image} | {title: colours[label_map] for title, label_map in label_maps.items()}
    return np.hstack([_panel(title, panel[region]) for title, panel in panels.items()])


def draw_cut(
    image: np.ndarray, label_maps: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Crop a frame and its label maps, as overlays, to the face of the first label map (the ground truth).

    Args:
        image: (H, W, 3) uint8 BGR.
        label_maps: The label maps by name, (H, W) uint8 each.

    Returns:
        The crop, (h, w, 3) uint8 BGR; the whole frame, scaled down, with the crop's outline; and the label maps' crops
        by name, (h, w) uint8 each.
    """
    region = _face_region(next(iter(label_maps.values())))
    rows, columns = (s.indices(length) for s, length in zip(region, image.shape, strict=False))
    whole = image.copy()
    thickness = max(round(max(image.shape) / WHOLE), 1)
    cv2.rectangle(whole, (columns[0], rows[0]), (columns[1] - 1, rows[1] - 1), (255, 255, 255), thickness)
    cut = image[region]
    size = _at_most(CUT, cut)
    cuts = {name: resized_labels(label_map[region], size) for name, label_map in label_maps.items()}
    return resized_image(cut, size), resized_image(whole, _at_most(WHOLE, whole)), cuts


def _at_most(side: int, picture: np.ndarray) -> tuple[int, int]:
    """Return width and height of an image scaled down so that its longer side is at most ``side``."""
    height, width = picture.shape[:2]
    share = min(side / max(height, width), 1)
    return max(round(width * share), 1), max(round(height * share), 1)


def _face_region(truth: np.ndarray) -> tuple[slice, slice]:
    x, y, width, height = cv2.boundingRect(((truth > 0) & (truth != IGNORE_INDEX)).astype(np.uint8))
    if width == 0:
        return slice(None), slice(None)
    margin = round(MARGIN * max(width, height))
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)


def _panel(title: str, panel: np.ndarray) -> np.ndarray:
    height, width = panel.shape[:2]
    size = min(max(round(width * HEIGHT / height), 1), WIDEST), HEIGHT
    panel = cv2.resize(panel, size, interpolation=cv2.INTER_NEAREST_EXACT)
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(panel, title, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return panel

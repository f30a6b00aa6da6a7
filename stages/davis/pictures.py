"""Pictures of a frame beside its label maps."""

import cv2
import numpy as np

from stages.clips.labels import IGNORE_INDEX

HEIGHT = 320
MARGIN = 0.2  # of the face's longer side


def draw_picture(image: np.ndarray, label_maps: dict[str, np.ndarray], palette: np.ndarray) -> np.ndarray:
    """A frame and its label maps side by side, cut to the face of the first label map (the truth).

    Args:
        image: (H, W, 3) uint8 BGR.
        label_maps: By title, (H, W) uint8 each.
        palette: Colours by class, (256, 3) uint8 RGB.

    Returns:
        (320, W', 3) uint8 BGR, titles written into the panels.
    """
    truth = next(iter(label_maps.values()))
    region = _face_region(truth)
    colours = palette[:, ::-1]
    panels = {"frame": image} | {title: colours[label_map] for title, label_map in label_maps.items()}
    return np.hstack([_panel(title, panel[region]) for title, panel in panels.items()])


def _face_region(truth: np.ndarray) -> tuple[slice, slice]:
    x, y, width, height = cv2.boundingRect(((truth > 0) & (truth != IGNORE_INDEX)).astype(np.uint8))
    if width == 0:
        return slice(None), slice(None)
    margin = round(MARGIN * max(width, height))
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)


def _panel(title: str, panel: np.ndarray) -> np.ndarray:
    height, width = panel.shape[:2]
    size = max(round(width * HEIGHT / height), 1), HEIGHT
    panel = cv2.resize(np.ascontiguousarray(panel), size, interpolation=cv2.INTER_NEAREST)
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(panel, title, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return panel

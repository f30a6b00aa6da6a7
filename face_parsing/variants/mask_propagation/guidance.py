"""What training and inference with propagated masks share: the optical flow, and when a mask is believed."""

import cv2
import numpy as np

from face_parsing.motion.optical_flow import flow_between

# Agreement of two masks at which the gate starts to open, and at which it is fully open.
OPENING = (0.6, 0.8)
WINDOW = 1 / 16  # side of the window in which the masks must agree, as a share of the crop's side
LEAST = 0.5  # minimum agreement of the foreground of two masks over the whole crop


def backward_flow(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Optical flow from an image to the previous one, (H, W, 2) float32: pixels to the right and down.

    Args:
        before: The previous image, (H, W, 3) uint8 BGR.
        now: The image, (H, W, 3) uint8 BGR.
    """
    gray, gray_before = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (now, before))
    return flow_between(gray, gray_before, cv2.DISOPTICAL_FLOW_PRESET_FAST)

"""Optical flow files in KITTI's format: Flow/<clip>/<frame>.png holds the flow from that frame to the next."""

from pathlib import Path

import cv2
import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import read_bytes
from face_parsing.imaging.pictures import opened

STEPS = 64  # per pixel
ZERO = 2**15  # the stored value of no motion
EXPECTED = "optical flow, a 16-bit colour PNG in KITTI's format"


def write_flow(path: Path, flow: np.ndarray, valid: np.ndarray) -> None:
    """Write optical flow in steps of 1/64 pixel; create the folder if it is missing.

    Args:
        path: A PNG file.
        flow: (H, W, 2) float32, x and y in pixels, from -511 to 511.
        valid: (H, W) bool, whether a pixel has a flow.
    """
    channels = np.zeros((*valid.shape, 3), np.uint16)  # OpenCV's BGR order: valid, y, x
    channels[valid, 0] = 1
    channels[valid, 1:] = np.rint(flow[valid][:, ::-1] * STEPS) + ZERO
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", channels, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes())


def read_flow(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read optical flow.

    Returns:
        The flow, (H, W, 2) float32, x and y in pixels, 0 where it is invalid; and where it is valid, (H, W) bool.

    Raises:
        PipelineError: the file is missing, too large, broken, or not a 16-bit colour PNG.
    """
    with opened(path, EXPECTED) as image:
        kind = f"{image.format} of mode {image.mode}"
    channels = cv2.imdecode(np.frombuffer(read_bytes(path, EXPECTED), np.uint8), cv2.IMREAD_UNCHANGED)
    if channels is None or channels.dtype != np.uint16 or channels.shape[2:] != (3,):
        raise PipelineError(f"{path}: {kind}, not 16-bit colour or broken; expected {EXPECTED}")
    valid = channels[..., 0] > 0
    flow = np.zeros((*valid.shape, 2), np.float32)
    flow[valid] = (channels[valid][:, :0:-1].astype(np.float32) - ZERO) / STEPS
    return flow, valid

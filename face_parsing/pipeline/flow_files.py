"""Optical flow in files, as KITTI's benchmark keeps it: Flow/<clip>/<frame>.png, from that frame to the next."""

from pathlib import Path

import cv2
import numpy as np

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import read_bytes
from face_parsing.pipeline.pictures import opened

STEPS = 64  # a pixel
ZERO = 2**15
EXPECTED = "optical flow, a 16-bit colour PNG as KITTI has it"


def write_flow(path: Path, flow: np.ndarray, valid: np.ndarray) -> None:
    """Write optical flow in steps of a 64th of a pixel; makes the folder if need be.

    Args:
        path: A PNG file.
        flow: (H, W, 2) float32, x and y in pixels, up to 511 either way.
        valid: (H, W) bool, where there is a flow.
    """
    channels = np.zeros((*valid.shape, 3), np.uint16)  # OpenCV's order: blue, which says where, before y and x
    channels[valid, 0] = 1
    channels[valid, 1:] = np.rint(flow[valid][:, ::-1] * STEPS) + ZERO
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", channels, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes())


def read_flow(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read optical flow: (H, W, 2) float32, x and y in pixels, 0 where there is none, and where there is, (H, W) bool.

    Raises:
        UserError: the file is missing, too large, broken, or no 16-bit colour PNG.
    """
    with opened(path, EXPECTED) as image:
        found = f"{image.format} of mode {image.mode}"
    channels = cv2.imdecode(np.frombuffer(read_bytes(path, EXPECTED), np.uint8), cv2.IMREAD_UNCHANGED)
    if channels is None or channels.dtype != np.uint16 or channels.shape[2:] != (3,):
        raise UserError(f"{path}: {found}, 16 bits or not, or broken; expected {EXPECTED}")
    valid = channels[..., 0] > 0
    flow = np.zeros((*valid.shape, 2), np.float32)
    flow[valid] = (channels[valid][:, :0:-1].astype(np.float32) - ZERO) / STEPS
    return flow, valid

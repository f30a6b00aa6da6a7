"""Networks run by onnxruntime."""

import re
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.faces.finding import NOTHING
from face_parsing.faces.parameters import LEAST
from face_parsing.imaging.pictures import is_odd

CUDA = "CUDAExecutionProvider"
STRIDE = 32  # that a detector's input is padded to a multiple of


def session(contents: bytes, device: str, threads: int) -> Any:
    """An onnxruntime session of a network.

    Args:
        contents: An ONNX file. A model loaded from memory can't refer to tensors in other files.
        device: cpu, cuda, or cuda:<number>.
        threads: Number of threads of one call on the CPU; calls may run concurrently.

    Raises:
        PipelineError: onnxruntime is not installed or does not support the device, or there is no such device.
    """
    try:
        import onnxruntime
    except ImportError:
        raise PipelineError("onnxruntime: missing; expected Python 3.11 or later, where it is installed") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    providers: list[Any] = ["CPUExecutionProvider"]
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise PipelineError(f"--device {device}: no such device; expected cpu, cuda or cuda:<number>")
    kind, _, number = device.partition(":")
    if kind == "cuda":
        if CUDA not in onnxruntime.get_available_providers():
            raise PipelineError(
                f"--device {device}: onnxruntime has no CUDA here; expected onnxruntime-gpu, or --runtime torch"
            )
        providers.insert(0, (CUDA, {"device_id": int(number or 0)}))
    return onnxruntime.InferenceSession(contents, options, providers=providers)


class OnnxNetwork:
    """An exported segmentation network as :class:`face_parsing.parsing.crop_scores.Network`.

    Args:
        network: Its session.
        guided: Whether it takes masks.
        gated: Whether masks pass a gate first.
    """

    def __init__(self, network: Any, guided: bool, gated: bool):
        self.session = network
        self.guided, self.gated = guided, gated
        self.classes = network.get_inputs()[1].shape[1] if guided else 0

    def __call__(self, images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """The logits of images; see :class:`face_parsing.parsing.crop_scores.Network`."""
        inputs = {"images": np.ascontiguousarray(images)}
        if self.guided:
            empty = np.zeros((len(images), self.classes, *images.shape[1:3]), np.float32)
            inputs["masks"] = empty if masks is None else np.ascontiguousarray(masks)
        return self.session.run(None, inputs)[0]


class OnnxFinder:
    """An exported detector; see :data:`face_parsing.faces.finding.FindCandidates`.

    Args:
        detector: Its session.
        scale: The longer and the shorter side in pixels that an image is resized to fit into.
        score_threshold: The least score of a candidate.
    """

    batch_size = 1  # the network takes one image at a time

    def __init__(self, detector: Any, scale: tuple[int, int], score_threshold: float):
        self.session, self.scale, self.score_threshold = detector, scale, score_threshold

    def __call__(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        """The candidates of each image."""
        return [self._candidates(image) for image in images]

    def _candidates(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        if is_odd(height, width):  # resized for the detector, it would have few rows or columns, or none
            return NOTHING
        scale = min(max(self.scale) / max(height, width), min(self.scale) / min(height, width))
        small_width, small_height = int(width * scale + 0.5), int(height * scale + 0.5)
        resized = cv2.resize(image, (small_width, small_height), interpolation=cv2.INTER_LINEAR)
        size = max(small_height, LEAST), max(small_width, LEAST)
        padded = np.zeros((*(-(-side // STRIDE) * STRIDE for side in size), 3), np.uint8)
        padded[:small_height, :small_width] = resized
        scales = small_width / width, small_height / height
        inputs = {"image": padded, "size": np.array(size, np.float32), "scale": np.array(scales, np.float32)}
        boxes, scores = self.session.run(["boxes", "scores"], inputs)
        found = np.column_stack([boxes, scores]).astype(np.float64)
        return found[scores > self.score_threshold]

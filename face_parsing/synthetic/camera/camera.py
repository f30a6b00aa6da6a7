"""The camera: its lens and sensor in every frame, and the faults of bad frames."""

import cv2
import numpy as np

FAULTS = ("low resolution", "underexposed", "overexposed", "motion blur", "defocus", "noise", "compression")


def take(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Take a good frame of an (H, W, 3) uint8 scene, with slight blur of the lens and slight noise of the sensor."""
    blurred = cv2.GaussianBlur(image, (0, 0), 0.55)
    return _add_noise(rng, blurred, 2.0)


def spoil(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Spoil a frame with one or two of ``FAULTS``, whose strength scales with the frame's size."""
    for fault in rng.choice(len(FAULTS), rng.integers(1, 3), replace=False):
        image = _spoil(rng, image, FAULTS[fault])
    return image


def _add_noise(rng: np.random.Generator, image: np.ndarray, sigma: float) -> np.ndarray:
    # The three channels share one field, each shifted: it looks as good and is three times as fast.
    height, width = image.shape[:2]
    field = rng.standard_normal((height + 2, width + 2), np.float32) * sigma
    noise = np.stack([field[i : i + height, i : i + width] for i in range(3)], -1)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _spoil(rng: np.random.Generator, image: np.ndarray, fault: str) -> np.ndarray:
    height, width = image.shape[:2]
    unit = height / 288
    match fault:
        case "low resolution":
            factor = rng.uniform(2, 5)
            small = cv2.resize(image, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
            return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        case "underexposed":
            return _expose(image, rng.uniform(0.1, 0.35))
        case "overexposed":
            return _expose(image, rng.uniform(2.2, 4.5))
        case "motion blur":
            return motion_blur(image, rng.uniform(5, 15) * unit, rng.uniform(0, np.pi))
        case "defocus":
            radius = rng.uniform(1.5, 4.5) * unit
            size = 2 * int(np.ceil(radius)) + 1
            disc = np.hypot(*np.mgrid[:size, :size] - size // 2) <= radius
            return cv2.filter2D(image, -1, disc / np.float32(disc.sum()))
        case "noise":
            return _add_noise(rng, image, rng.uniform(10, 30))
        case "compression":
            encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(6, 22))])[1]
            return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    raise ValueError(f"unknown fault {fault}")


def _expose(image: np.ndarray, gain: float) -> np.ndarray:
    """Multiply the light of an image by ``gain``, clipped at white."""
    table = 255 * np.clip(gain * (np.arange(256) / 255) ** 2.2, 0, 1) ** (1 / 2.2)
    return cv2.LUT(image, np.round(table).astype(np.uint8))


def motion_blur(image: np.ndarray, length: float, angle: float) -> np.ndarray:
    """Blur an image along a line of ``length`` pixels at ``angle`` radians."""
    size = 2 * int(np.ceil(length / 2)) + 1
    middle = size // 2
    reach = 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
    kernel = np.zeros((size, size), np.uint8)
    ends = np.round((np.array([-reach, reach]) + middle) * 16).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 255, 1, cv2.LINE_AA, 4)
    return cv2.filter2D(image, -1, kernel / np.float32(kernel.sum()))

"""How a camera develops its frames: colors, tones, lens, grain and compression, with one look for each clip."""

from dataclasses import dataclass

import cv2
import numpy as np

from face_parsing.synthetic.camera.camera import motion_blur


@dataclass(frozen=True)
class Look:
    """What a camera does to each frame; a step that is None or 0 is skipped.

    Attributes:
        colors: (3, 3) float32, BGR from BGR: white balance and saturation.
        tones: (1, 256, 3) uint8, the tone curve of each channel.
        veil: (H, W, 3) uint8, light that the lens scatters onto the picture.
        vignette: (H, W, 3) uint8, how much light arrives, in 255ths.
        fringe: The red channel's magnification minus 1; the blue channel's is the negative of it.
        blur: Standard deviation of the lens's blur, pixels.
        shake: Length and angle of motion blur, pixels and radians.
        noise: Standard deviation in a dark grey.
        grain: The noise's size, pixels.
        colored: Whether the noise differs between channels.
        halo: The strength of sharpening.
        scale: The factor by which the picture is reduced and enlarged again.
        quality: The quality of JPEG compression.
    """

    colors: np.ndarray
    tones: np.ndarray
    veil: np.ndarray | None
    vignette: np.ndarray | None
    fringe: float
    blur: float
    shake: tuple[float, float] | None
    noise: float
    grain: float
    colored: bool
    halo: float
    scale: float
    quality: int | None


def draw_look(rng: np.random.Generator, width: int, height: int) -> Look:
    """Draw a camera, its settings and its filter for frames of ``width`` x ``height`` pixels."""
    unit = height / 288

    def some(share: float, low: float, high: float) -> float:
        value = rng.uniform(low, high)
        return float(value) if rng.random() < share else 0.0

    blur = some(0.35, 0.4, 1.3) * unit
    shake = some(0.15, 2.0, 6.0) * unit
    coarse = some(0.2, 0.3, 1.2)
    return Look(
        colors=_draw_colors(rng),
        tones=_draw_tones(rng),
        veil=_draw_veil(rng, width, height) if rng.random() < 0.15 else None,
        vignette=_draw_vignette(rng, width, height) if rng.random() < 0.35 else None,
        fringe=some(0.3, -0.004, 0.004),
        blur=blur,
        shake=(shake, rng.uniform(0, np.pi)) if shake else None,
        noise=some(0.6, 1.0, 7.0),
        grain=rng.uniform(0.3, 1.2) * unit,
        colored=rng.random() < 0.5,
        halo=some(0.35, 0.3, 1.6),
        scale=1.0 if blur or shake else 1 + coarse,  # small faces bear only one loss of detail
        quality=int(rng.integers(22, 93)) if rng.random() < 0.65 else None,
    )


def develop(rng: np.random.Generator, image: np.ndarray, look: Look) -> np.ndarray:
    """Develop one (H, W, 3) uint8 BGR frame; the noise is drawn from ``rng``."""
    height, width = image.shape[:2]
    if look.fringe:
        image = _fringed(image, look.fringe)
    if look.blur:
        image = cv2.GaussianBlur(image, (0, 0), look.blur)
    if look.shake:
        image = motion_blur(image, *look.shake)
    if look.vignette is not None:
        image = cv2.multiply(image, look.vignette, scale=1 / 255)
    if look.veil is not None:
        image = cv2.add(image, look.veil)
    if look.noise:
        image = _grained(rng, image, look)
    image = cv2.LUT(cv2.transform(image, look.colors), look.tones)
    if look.scale > 1:
        small = cv2.resize(image, (round(width / look.scale), round(height / look.scale)), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if look.halo:
        image = cv2.addWeighted(image, 1 + look.halo, cv2.GaussianBlur(image, (0, 0), 1.2), -look.halo, 0)
    if look.quality is not None:
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, look.quality])[1]
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return image


def _draw_colors(rng: np.random.Generator) -> np.ndarray:
    """Draw a (3, 3) matrix: each channel's gain, then a saturation from grey to gaudy."""
    warmth, green = rng.normal(0, 0.07), rng.normal(0, 0.025)
    gains = np.diag([1 - warmth, 1 + green, 1 + warmth])
    kind = rng.random()
    saturation = 0.0 if kind < 0.05 else rng.uniform(0.25, 0.7) if kind < 0.25 else rng.uniform(0.75, 1.45)
    grey = np.tile([0.114, 0.587, 0.299], (3, 1))
    tone = np.ones((3, 1)) if saturation else 1 + np.array([[-0.8], [0.0], [0.6]]) * rng.choice([0, 0.15])  # sepia
    return ((grey + saturation * (np.eye(3) - grey)) @ gains * tone).astype(np.float32)


def _draw_tones(rng: np.random.Generator) -> np.ndarray:
    """Draw a (1, 256, 3) uint8 table: gamma, contrast, lifted blacks, dulled whites and split toning."""
    x = np.linspace(0, 1, 256)[:, None]
    y = x ** np.exp(rng.normal(0, 0.2))
    contrast = rng.normal(0.1, 0.35)
    y = y + np.clip(contrast, -0.35, 0.9) * (y * y * (3 - 2 * y) - y)
    low, high = np.zeros(3), np.ones(3)
    if rng.random() < 0.3:
        low += rng.uniform(0, 0.14)
        high -= rng.uniform(0, 0.1)
    if rng.random() < 0.3:
        low += rng.uniform(0, 0.06, 3)
        high -= rng.uniform(0, 0.12, 3)
    return np.round(255 * np.clip(low + (high - low) * y, 0, 1)).astype(np.uint8)[None]


def _draw_veil(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draw haze and a lens flare: a glow about a light near the edge, and ghosts on the line through the middle."""
    size = np.array([width, height])
    place = rng.uniform(-0.2, 1.2, 2) * size
    place[rng.integers(2)] *= rng.choice([0.0, 1.0])
    small = np.zeros((height // 4, width // 4, 3), np.float32)
    y, x = np.mgrid[: height // 4, : width // 4].astype(np.float32) * 4
    tint = np.array([0.75, 0.9, 1.0]) * rng.uniform(0.8, 1.1, 3)
    away = np.hypot(x - place[0], y - place[1]) / height
    small += (rng.uniform(30, 110) * np.exp(-away / rng.uniform(0.15, 0.5)))[..., None] * tint
    for _ in range(rng.integers(0, 5)):
        middle = place + rng.uniform(0.5, 2.2) * (size / 2 - place)
        radius = rng.uniform(0.02, 0.12) * height
        ghost = np.clip(1.5 - np.hypot(x - middle[0], y - middle[1]) / radius * 1.5, 0, 1)
        small += ghost[..., None] * rng.uniform(5, 35, 3)
    small += rng.uniform(0, 22) * rng.uniform(0.8, 1, 3)
    return cv2.resize(np.clip(small, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)


def _draw_vignette(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 1 - rng.uniform(0.15, 0.6) * ((x * x + y * y) / 2) ** rng.uniform(0.8, 2)
    return np.repeat(np.round(255 * light)[..., None], 3, -1).astype(np.uint8)


def _fringed(image: np.ndarray, fringe: float) -> np.ndarray:
    """Magnify the red channel of an image and shrink its blue channel, or the reverse if ``fringe`` is negative."""
    height, width = image.shape[:2]
    blue, green, red = cv2.split(image)

    def magnified(channel: np.ndarray, by: float) -> np.ndarray:
        matrix = np.array([[1 + by, 0, -by * width / 2], [0, 1 + by, -by * height / 2]])
        return cv2.warpAffine(channel, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)

    return cv2.merge([magnified(blue, -fringe), green, magnified(red, fringe)])


def _grained(rng: np.random.Generator, image: np.ndarray, look: Look) -> np.ndarray:
    """Add noise that is strongest in the shadows, as after a gamma curve."""
    height, width = image.shape[:2]
    field = rng.standard_normal((height + 2, width + 2), np.float32)
    if look.grain > 0.5:
        blurred = np.asarray(cv2.GaussianBlur(field, (3, 3), look.grain), np.float32)
        field = blurred / blurred.std()
    strength = look.noise * (1.15 - 0.7 * np.arange(256, dtype=np.float32) / 255)
    grey = strength[image[..., 1]]
    shifts = range(3) if look.colored else (0, 0, 0)
    noise = cv2.merge([field[i : i + height, i : i + width] * grey for i in shifts])
    return cv2.add(image, noise, dtype=cv2.CV_8U)

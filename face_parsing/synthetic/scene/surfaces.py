"""Flat surfaces of which scenery is built, (H, W, 3) uint8 BGR: walls, house fronts, shelves, ground and leaves."""

import cv2
import numpy as np

from face_parsing.synthetic.rendering.noise import fractal_noise

Shape = tuple[int, int]


def draw_color(rng: np.random.Generator, vivid: float = 0.2) -> np.ndarray:
    """Draw a (3,) BGR color of 0 to 255: a saturated one with probability ``vivid``, otherwise a dull one."""
    saturation = rng.uniform(90, 230) if rng.random() < vivid else rng.uniform(0, 60)
    hue = rng.normal(18, 12) % 180 if rng.random() < 0.5 else rng.uniform(0, 180)
    hsv = np.array([[[hue, saturation, rng.uniform(25, 245)]]]).astype(np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].astype(float)


def lit(rng: np.random.Generator, image: np.ndarray, strength: float, cell: float) -> np.ndarray:
    """Light an image unevenly: multiply it by 1 + noise of about ``strength``, with grains up to ``cell`` pixels."""
    height, width = image.shape[:2]
    coarse = fractal_noise(rng, (height // 4 + 1, width // 4 + 1), max(cell / 4, 1), 4)
    fine = rng.standard_normal((height // 2 + 1, width // 2 + 1), np.float32)
    noise = cv2.resize(coarse, (width, height)) + 0.12 * cv2.resize(fine, (width, height))
    noise = 1 + np.float32(strength) * noise
    return cv2.multiply(image, cv2.merge([noise] * 3), dtype=cv2.CV_8U)


def filled(shape: Shape, color: np.ndarray) -> np.ndarray:
    """Return an image of one color."""
    return np.full((*shape, 3), np.clip(color, 0, 255), np.uint8)


def plaster(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw a plain wall, floor or ground, smooth to rough."""
    return lit(rng, filled(shape, draw_color(rng)), rng.uniform(0.02, 0.35), shape[0] * rng.uniform(0.05, 1))


def gravel(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw grass, sand, fallen leaves or stones: two colors mixed by fine noise."""
    base = np.array([(40, 90, 80), (50, 70, 60), (120, 150, 170), (110, 115, 120), (40, 110, 180)][rng.integers(5)])
    first, second = (base * rng.uniform(0.4, 1.4) * rng.normal(1, 0.1, 3) for _ in range(2))
    share = np.clip(0.5 + fractal_noise(rng, shape, rng.uniform(4, 40), 5), 0, 1)[..., None]
    return np.clip(first * share + second * (1 - share), 0, 255).astype(np.uint8)


def bricks(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw bricks, tiles, slabs or boards with joints; each has its own shade."""
    rows, columns = int(rng.integers(3, 26)), int(rng.integers(2, 14))
    shades = 1 + rng.uniform(0.02, 0.3) * rng.standard_normal((rows, columns, 1))
    cells = np.clip(draw_color(rng, 0.25) * shades, 0, 255).astype(np.uint8)
    image = cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_NEAREST)
    joint = np.clip(draw_color(rng, 0), 0, 255).tolist()
    thick = int(rng.integers(1, 4))
    high, wide = shape[0] / rows, shape[1] / columns
    bond = rng.choice([0.0, 0.5])
    for row in range(rows):
        top, bottom = int(row * high), int((row + 1) * high)
        shift = int(bond * (row % 2) * wide)
        image[top:bottom] = np.roll(image[top:bottom], shift, 1)
        cv2.line(image, (0, top), (shape[1], top), joint, thick)
        for column in range(columns + 1):
            x = int(column * wide) + shift
            cv2.line(image, (x, top), (x, bottom), joint, thick)
    return lit(rng, image, rng.uniform(0.05, 0.3), shape[0] / 4)


def facade(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw the front of a house: rows of windows, dark, sky-blue or lit from inside."""
    image = bricks(rng, shape) if rng.random() < 0.3 else plaster(rng, shape)
    rows, columns = int(rng.integers(2, 9)), int(rng.integers(2, 11))
    high, wide = shape[0] / rows, shape[1] / columns
    share = rng.uniform(0.4, 0.9, 2)
    frame = draw_color(rng, 0).tolist()
    glass = np.array([(60, 50, 45), (200, 170, 140), (25, 25, 25), (110, 120, 120)][rng.integers(4)])
    shining = rng.choice([0.0, 0.1, 0.5])
    for row in range(rows):
        for column in range(columns):
            corner = np.array([(column + 0.5 - share[0] / 2) * wide, (row + 0.5 - share[1] / 2) * high]).astype(int)
            end = corner + (share * (wide, high)).astype(int)
            pane = np.array((150, 215, 250)) if rng.random() < shining else glass * rng.uniform(0.5, 1.4)
            cv2.rectangle(image, corner.tolist(), end.tolist(), np.clip(pane, 0, 255).tolist(), -1)
            cv2.rectangle(image, corner.tolist(), end.tolist(), frame, 1)
            cv2.line(image, (int(corner[0] + end[0]) // 2, corner[1]), (int(corner[0] + end[0]) // 2, end[1]), frame, 1)
    return image


def shelves(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw shelves of books, boxes or bottles."""
    image = filled(shape, draw_color(rng, 0) * 0.4)
    rows = int(rng.integers(2, 7))
    high = shape[0] / rows
    board = draw_color(rng, 0.1).tolist()
    thick = max(2, int(high * 0.08))
    vivid, slim = rng.uniform(0.1, 0.8), rng.uniform(0.05, 0.25)
    for row in range(rows):
        x, floor = 0.0, int((row + 1) * high)
        while x < shape[1]:
            wide = high * slim * rng.uniform(0.5, 1.8)
            tall = int(high * rng.uniform(0.5, 0.92))
            color = draw_color(rng, vivid)
            if rng.random() < 0.93:
                cv2.rectangle(image, (int(x), floor - tall), (int(x + wide), floor), color.tolist(), -1)
                label = floor - tall + int(tall * rng.uniform(0.1, 0.6))
                cv2.rectangle(image, (int(x), label), (int(x + wide), label + tall // 8), (color * 0.6).tolist(), -1)
            x += wide + 1
        cv2.rectangle(image, (0, floor - thick // 2), (shape[1], floor + thick // 2), board, -1)
    return lit(rng, image, 0.2, shape[0] / 2)


def poster(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw a sign, screen or poster: blocks of color and lines of text."""
    image = filled(shape, draw_color(rng, 0.5))
    for _ in range(rng.integers(0, 4)):
        a, b = (rng.uniform(0, 1, 2) * shape[::-1]).astype(int), (rng.uniform(0, 1, 2) * shape[::-1]).astype(int)
        cv2.rectangle(image, a.tolist(), b.tolist(), draw_color(rng, 0.6).tolist(), -1)
    ink = draw_color(rng, 0.3).tolist()
    y = shape[0] * rng.uniform(0.05, 0.5)
    while y < shape[0] * 0.95:
        size = shape[0] * rng.uniform(0.04, 0.15)
        text = "".join(chr(c) for c in rng.integers(48, 122, rng.integers(3, 18)))
        place = (int(shape[1] * rng.uniform(0.02, 0.2)), int(y + size))
        cv2.putText(image, text, place, int(rng.integers(0, 8)), size / 24, ink, max(1, int(size / 9)), cv2.LINE_AA)
        y += size * rng.uniform(1.2, 2)
    return image


def graffiti(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw a wall painted over with wide curved strokes."""
    image = bricks(rng, shape) if rng.random() < 0.5 else plaster(rng, shape)
    for _ in range(rng.integers(4, 16)):
        steps = rng.normal(0, shape[0] * 0.12, (8, 2)).cumsum(0) + rng.uniform(0, 1, 2) * shape[::-1]
        curve = cv2.resize(steps.astype(np.float32)[:, None], (1, 40), interpolation=cv2.INTER_CUBIC)
        thick = int(rng.integers(2, max(3, shape[0] // 14)))
        cv2.polylines(image, [curve.astype(np.int32)], False, draw_color(rng, 0.7).tolist(), thick, cv2.LINE_AA)
    return image


def foliage(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw leaves of several sizes over dark gaps, green to autumnal."""
    greens = np.array([(45, 110, 85), (30, 70, 50), (60, 140, 120), (30, 110, 190), (40, 60, 110)])
    base = greens[rng.integers(len(greens))] * rng.uniform(0.5, 1.3)
    whole, fold = shape, int(rng.integers(1, 4))
    shape = (shape[0] // fold + 1, shape[1] // fold + 1)
    image = lit(rng, filled(shape, base * 0.55), 0.6, shape[0] / 3)
    for size in shape[0] * np.array([0.12, 0.06, 0.03, 0.018]) * rng.uniform(0.4, 1.1):
        count = int(min(220, 0.25 * shape[0] * shape[1] / size**2))
        places = (rng.uniform(0, 1, (count, 2)) * shape[::-1]).astype(int).tolist()
        colors = np.clip(base * rng.uniform(0.3, 1.9, (count, 1)) * rng.normal(1, 0.12, (count, 3)), 0, 255).tolist()
        axes = np.maximum(1, size * rng.uniform(0.25, 1, (count, 2))).astype(int).tolist()
        turns = rng.uniform(0, 180, count).tolist()
        for place, color, axis, turn in zip(places, colors, axes, turns, strict=True):
            cv2.ellipse(image, place, axis, turn, 0, 360, color, -1)
    # Mirrored copies of one patch of leaves fill the rest.
    image = np.concatenate([image if i % 2 == 0 else image[:, ::-1] for i in range(fold)], 1)
    image = np.concatenate([image if i % 2 == 0 else image[::-1] for i in range(fold)], 0)
    return lit(rng, image[: whole[0], : whole[1]], rng.uniform(0.2, 0.7), whole[0] / 2)


def heavens(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw a sky: clear, cloudy, white, at sunset or by night."""
    tops = np.array([(220, 150, 80), (200, 120, 50), (235, 235, 235), (170, 150, 140), (90, 60, 40), (25, 18, 15)])
    feet = np.array([(240, 215, 180), (235, 200, 170), (250, 250, 250), (210, 205, 200), (110, 160, 240), (60, 40, 35)])
    whole, shape = shape, (shape[0] // 3 + 1, shape[1] // 3 + 1)  # clouds have no fine edges
    kind = rng.choice(6, p=[0.26, 0.2, 0.22, 0.14, 0.1, 0.08])
    ramp = np.linspace(0, 1, shape[0])[:, None, None] ** rng.uniform(0.6, 1.6)
    image = (tops[kind] * (1 - ramp) + feet[kind] * ramp) * rng.normal(1, 0.06, 3) * np.ones((1, shape[1], 1))
    if rng.random() < 0.65:
        noise = fractal_noise(rng, shape, shape[0] * rng.uniform(0.3, 1), 6)
        cover = np.clip((noise - rng.uniform(-0.3, 0.4)) * rng.uniform(0.8, 3), 0, 1)[..., None]
        cloud = feet[kind] * rng.uniform(0.85, 1.1) * (1 - 0.35 * np.clip(noise[..., None], 0, 1))
        image = image * (1 - cover) + cloud * cover
    return cv2.resize(np.clip(image, 0, 255).astype(np.uint8), whole[::-1])


def water(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw waves that grow towards the viewer."""
    x, y = np.arange(shape[1])[None, :], np.linspace(0.04, 1, shape[0])[:, None]
    phase = 8 * fractal_noise(rng, shape, shape[0] / 2, 3)
    waves = np.sin(rng.uniform(15, 60) * np.log(y) * 3 + x * rng.uniform(0, 0.03) + phase)
    color = np.array([(150, 120, 70), (110, 100, 60), (170, 160, 150), (60, 50, 40)][rng.integers(4)])
    image = color * (1 + rng.uniform(0.1, 0.4) * waves + 0.2 * fractal_noise(rng, shape, 12, 3))[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)

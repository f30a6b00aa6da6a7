"""Scenery as in photographs: open country, streets, walls, rooms, foliage, crowds and studios, some out of focus."""

from collections.abc import Callable

import cv2
import numpy as np

from face_parsing.synthetic.people.identity import HAIR_COLORS, SKIN_TONES, Identity
from face_parsing.synthetic.rendering.noise import fractal_noise
from face_parsing.synthetic.scene import surfaces
from face_parsing.synthetic.scene.surfaces import draw_color

WALLS = (surfaces.plaster, surfaces.bricks, surfaces.shelves, surfaces.graffiti, surfaces.facade, surfaces.foliage)
FLOORS = (surfaces.plaster, surfaces.gravel, surfaces.bricks, surfaces.gravel)
CAMOUFLAGE = 0.3  # share of scenes in the colour of the skin or the hair before them
TEXTURE = (200, 300)  # height and width of a surface drawn in perspective, pixels


def draw_scenery(rng: np.random.Generator, clutter: np.ndarray) -> np.ndarray:
    """Draw a scene.

    Args:
        rng: The random generator of the scene.
        clutter: (H, W, 3) uint8 BGR, a cluttered background, part of which some scenes show.

    Returns:
        The scene, (H, W, 3) uint8 BGR, in its own light.
    """
    shape = clutter.shape[:2]
    scenes: dict[Callable[[np.random.Generator, np.ndarray], None], float] = {
        _country: 0.24,
        _street: 0.16,
        _wall: 0.14,
        _room: 0.16,
        _wood: 0.1,
        _studio: 0.07,
        _night: 0.05,
        _heap: 0.08,
    }
    chosen = list(scenes)[rng.choice(len(scenes), p=list(scenes.values()))]
    image = clutter.copy()
    chosen(rng, image)
    unit = shape[0] / 360
    image = surfaces.lit(rng, image, rng.uniform(0.05, 0.3), shape[0])
    # Often sharp: most wide-angle cameras keep everything in focus.
    image = _blurred(image, rng.choice([0.0, 0.8, 2.0, 4.5, 9.0], p=[0.34, 0.24, 0.18, 0.14, 0.1]) * unit)
    if rng.random() < 0.3:
        _crowd(rng, image, int(rng.integers(1, 6)))
    if rng.random() < 0.2:
        _bokeh(rng, image, int(rng.integers(3, 30)))
    return image


def camouflaged(rng: np.random.Generator, image: np.ndarray, person: Identity) -> np.ndarray:
    """Tone some scenes to the person's skin or hair, so that little sets a face off from what is behind it.

    Args:
        rng: The random generator of the scene.
        image: (H, W, 3) uint8 BGR, the scene.
        person: Who is before it.

    Returns:
        (H, W, 3) uint8 BGR; the same image for the other scenes.
    """
    if rng.random() >= CAMOUFLAGE:
        return image
    color = (person.skin if rng.random() < 0.5 else person.hair_color)[::-1] * rng.uniform(0.6, 1.2)
    share = rng.uniform(0.5, 1.0)
    gain = 1 - share + share * np.clip(color / np.maximum(image.mean(axis=(0, 1)), 1.0), 0.05, 5.0)
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def _blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    if sigma < 0.3:
        return image
    if sigma < 3:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4)
    return cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _paste(image: np.ndarray, surface: np.ndarray, corners: list[tuple[float, float]], repeat: float = 1) -> None:
    """Paint a surface onto a quadrilateral, given clockwise from the top left in shares of the image's size.

    The surface repeats ``repeat`` times across and down, mirrored each time.
    """
    height, width = np.array(surface.shape[:2]) * repeat
    size = np.array(image.shape[1::-1])
    target = (np.array(corners) * size).astype(np.float32)
    low = np.clip(np.floor(target.min(0)).astype(int), 0, size)
    high = np.clip(np.ceil(target.max(0)).astype(int) + 1, 0, size)
    if (high - low).min() < 2:
        return
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target - low.astype(np.float32))
    patch = image[low[1] : high[1], low[0] : high[0]]
    warped = cv2.warpPerspective(
        surface, matrix, patch.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(target - low).astype(np.int32), 1)
    cv2.copyTo(warped, mask, patch)


def _box(x: float, y: float, width: float, height: float, lean: float = 0.0) -> list[tuple[float, float]]:
    """Return the corners of an upright rectangle; its right side is larger by the share ``lean``."""
    more = lean * height / 2
    return [(x, y), (x + width, y - more), (x + width, y + height + more), (x, y + height)]


def _any(rng: np.random.Generator, kinds: tuple, shape: tuple[int, int] = TEXTURE) -> np.ndarray:
    return kinds[rng.integers(len(kinds))](rng, shape)


def _ground(rng: np.random.Generator, image: np.ndarray, horizon: float) -> None:
    wide = rng.uniform(1, 4)
    floor = surfaces.water if rng.random() < 0.12 else FLOORS[rng.integers(len(FLOORS))]
    surface = floor(rng, (300, 400))
    if floor is surfaces.water:
        _paste(image, surface, [(0, horizon), (1, horizon), (1, 1), (0, 1)])
    else:
        _paste(image, surface, [(0, horizon), (1, horizon), (1 + wide, 1), (-wide, 1)], rng.uniform(1.5, 6))


def _country(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw sky, hills, ground, houses and trees along the horizon, and poles."""
    height, width = image.shape[:2]
    horizon = rng.uniform(0.35, 1.0)
    image[:] = surfaces.heavens(rng, (height, width))
    for _ in range(rng.integers(0, 3)):
        rise = 0.5 + 0.5 * fractal_noise(rng, (2, width), width * rng.uniform(0.1, 0.6), 6)[0]
        ridge = (horizon - rng.uniform(0.03, 0.3) * rise) * height
        outline = np.concatenate([np.stack([np.arange(width), ridge], 1), [(width, height), (0, height)]])
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [outline.astype(np.int32)], 1)
        top = max(0, int(ridge.min()))
        kind = (surfaces.foliage, surfaces.gravel, surfaces.plaster)[rng.integers(3)]
        foot = min(height, int(horizon * height) + 1)
        fill = cv2.resize(kind(rng, (100, 400)), (width, max(foot - top, 1)))
        cv2.copyTo(fill, mask[top:foot], image[top:foot])
    _ground(rng, image, horizon)
    for _ in range(rng.integers(0, 5)):
        wide, tall = rng.uniform(0.04, 0.3), rng.uniform(0.05, 0.45)
        kind = (surfaces.facade, surfaces.foliage)[rng.integers(2)]
        _paste(image, kind(rng, (120, 150)), _box(rng.uniform(-0.1, 1), horizon - tall * 0.9, wide, tall))
    if rng.random() < 0.5:
        _tree(rng, image, horizon)
    if rng.random() < 0.4:
        _poles(rng, image)


def _tree(rng: np.random.Generator, image: np.ndarray, foot: float) -> None:
    """Draw a tree with forking branches, bare or with leaves."""
    height, width = image.shape[:2]
    color = (np.array([30, 40, 50]) * rng.uniform(0.3, 2)).tolist()
    leaf = np.array([(40, 100, 70), (30, 70, 45), (40, 120, 190)][rng.integers(3)]) * rng.uniform(0.5, 1.3)
    leafy = rng.random() < 0.6
    tips = [(np.array([rng.uniform(0, width), foot * height]), rng.normal(0, 0.1), height * rng.uniform(0.1, 0.25))]
    for level in range(7):
        following = []
        for start, lean, length in tips:
            end = start + length * np.array([np.sin(lean), -np.cos(lean)])
            thick = max(1, int(length * 0.11))
            cv2.line(image, start.astype(int).tolist(), end.astype(int).tolist(), color, thick, cv2.LINE_AA)
            following += [(end, lean + rng.normal(0, 0.55), length * rng.uniform(0.6, 0.9)) for _ in range(2)]
            if leafy and level > 3:
                for _ in range(3):
                    place = (end + rng.normal(0, length * 0.7, 2)).astype(int).tolist()
                    size = np.maximum(1, length * rng.uniform(0.1, 0.5, 2)).astype(int).tolist()
                    shade = np.clip(leaf * rng.uniform(0.4, 1.6), 0, 255).tolist()
                    cv2.ellipse(image, place, size, rng.uniform(0, 180), 0, 360, shade, -1)
        tips = following


def _poles(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw poles, rails and wires."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(1, 7)):
        color, thick = draw_color(rng, 0.15).tolist(), int(rng.integers(1, max(2, height // 40)))
        if rng.random() < 0.5:
            x = int(rng.uniform(0, width))
            cv2.line(image, (x, int(rng.uniform(-0.2, 0.6) * height)), (x, height), color, thick)
        else:
            left, right = (rng.uniform(0, 1, 2) * height).astype(int).tolist()
            cv2.line(image, (0, left), (width, right), color, max(1, thick // 3), cv2.LINE_AA)


def _street(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw house fronts on both sides that converge to a vanishing point on the horizon, a road, cars and signs."""
    shape = image.shape[:2]
    image[:] = surfaces.heavens(rng, shape)
    x, y = rng.uniform(-0.1, 1.1), rng.uniform(0.3, 0.75)
    _paste(image, surfaces.facade(rng, TEXTURE), _box(x - 0.2, y - rng.uniform(0, 0.4), 0.4, 0.6))
    _ground(rng, image, y)
    for side in (0, 1):
        edges = np.linspace(0.08, 1.4, int(rng.integers(2, 6)))
        for near, far in zip(edges[1:], edges[:-1], strict=True):
            tall, low = rng.uniform(0.3, 1.3), rng.uniform(0.1, 0.35)
            places = [x + (2 * side - 1) * step for step in (far, near)]
            tops, feet = [y - tall * step for step in (far, near)], [y + low * step for step in (far, near)]
            order = [0, 1] if side else [1, 0]
            corners = [(places[i], tops[i]) for i in order] + [(places[i], feet[i]) for i in order[::-1]]
            _paste(image, _any(rng, (surfaces.facade, surfaces.facade, surfaces.bricks, surfaces.graffiti)), corners)
    _stand(rng, image, y, int(rng.integers(0, 6)))
    if rng.random() < 0.4:
        _tree(rng, image, y + 0.1)
    if rng.random() < 0.5:
        _poles(rng, image)


def _stand(rng: np.random.Generator, image: np.ndarray, floor: float, count: int) -> None:
    """Draw boxes, signs, cars and furniture on the floor."""
    kinds = (surfaces.plaster, surfaces.poster, surfaces.bricks, surfaces.shelves, surfaces.plaster)
    for _ in range(count):
        wide, tall = rng.uniform(0.05, 0.35), rng.uniform(0.05, 0.35)
        foot = rng.uniform(floor, 1.1)
        x = rng.uniform(-0.1, 1)
        front = _any(rng, kinds, (90, 120))
        _paste(image, front, _box(x, foot - tall, wide, tall, rng.normal(0, 0.15)))
        side = cv2.convertScaleAbs(front, alpha=rng.uniform(0.4, 0.8))
        depth = wide * rng.uniform(0.1, 0.5)
        _paste(
            image,
            side,
            [(x, foot - tall), (x - depth, foot - tall * 0.9), (x - depth, foot - tall * 0.1), (x, foot)],
        )


def _wall(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw a near wall, frontal or oblique, with windows, doors, posters and pictures."""
    shape = image.shape[:2]
    skew = rng.normal(0, 0.5)
    surface = _any(rng, WALLS, shape)
    _paste(image, surface, _box(-0.05, -0.05, 1.1, 1.1, max(skew, 0)))
    if skew < 0:
        image[:] = cv2.flip(surface, 1)
    for _ in range(rng.integers(0, 6)):
        wide, tall = rng.uniform(0.06, 0.4), rng.uniform(0.1, 0.6)
        _opening(rng, image, _box(rng.uniform(-0.1, 1), rng.uniform(-0.1, 0.9), wide, tall, 0.4 * skew * wide))
    if rng.random() < 0.3:
        _ground(rng, image, rng.uniform(0.7, 0.95))


def _opening(rng: np.random.Generator, image: np.ndarray, corners: list[tuple[float, float]]) -> None:
    """Draw a framed window, door or poster."""
    points = np.array(corners)
    outer = points.mean(0) + (points - points.mean(0)) * rng.uniform(1.04, 1.2)
    _paste(image, surfaces.filled((2, 2), draw_color(rng, 0.15)), [tuple(p) for p in outer])
    kinds = (surfaces.heavens, surfaces.poster, surfaces.plaster, surfaces.foliage, surfaces.poster)
    _paste(image, _any(rng, kinds, (100, 100)), corners)


def _room(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw a room or a hall: back wall, side walls, floor, ceiling, windows, pictures, furniture and lamps."""
    left, top = rng.uniform(-0.2, 0.4), rng.uniform(-0.2, 0.35)
    right, bottom = left + rng.uniform(0.4, 1.0), rng.uniform(0.6, 1.05)
    a, b, c, d = (left, top), (right, top), (right, bottom), (left, bottom)
    far = rng.uniform(1.5, 3)
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    e, f, g, h = (tuple(middle + far * (np.array(p) - middle)) for p in (a, b, c, d))
    wall = surfaces.plaster(rng, TEXTURE) if rng.random() < 0.6 else _any(rng, WALLS)
    shades = rng.uniform(0.5, 1.25, 3)
    _paste(image, surfaces.plaster(rng, TEXTURE), [e, f, b, a])
    _paste(image, _any(rng, FLOORS), [d, c, g, h])
    for corners, shade in zip(([e, a, d, h], [b, f, g, c], [a, b, c, d]), shades, strict=True):
        _paste(image, cv2.convertScaleAbs(wall, alpha=shade), corners)
    for _ in range(rng.integers(1, 6)):
        wide, tall = rng.uniform(0.05, 0.3), rng.uniform(0.08, 0.4)
        _opening(rng, image, _box(rng.uniform(left, right), rng.uniform(top, bottom - tall / 2), wide, tall))
    if rng.random() < 0.4:
        shelf = surfaces.shelves(rng, TEXTURE)
        _paste(image, shelf, _box(rng.uniform(left, right), rng.uniform(top, bottom), 0.4, 0.6))
    _stand(rng, image, bottom, int(rng.integers(1, 8)))
    if rng.random() < 0.5:
        _lamps(rng, image, top)


def _lamps(rng: np.random.Generator, image: np.ndarray, ceiling: float) -> None:
    height, width = image.shape[:2]
    glow = np.zeros((height // 4, width // 4, 3), np.uint8)
    tint = np.array([(150, 220, 255), (255, 255, 255), (200, 240, 255)][rng.integers(3)])
    for _ in range(rng.integers(1, 6)):
        place = (np.array([rng.uniform(0, 1), max(ceiling, 0) * rng.uniform(0, 1.3)]) * (width, height) / 4).astype(int)
        axes = np.maximum(1, height / 4 * rng.uniform(0.01, 0.08, 2)).astype(int)
        cv2.ellipse(glow, place.tolist(), axes.tolist(), 0, 0, 360, tint.tolist(), -1)
    wide = cv2.GaussianBlur(glow, (0, 0), height / 40)
    image[:] = cv2.add(image, cv2.resize(cv2.addWeighted(glow, 1, wide, 0.8, 0), (width, height)))


def _wood(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw foliage all over, with light between the leaves, trunks, and sometimes a path."""
    height, width = image.shape[:2]
    image[:] = surfaces.foliage(rng, (height, width))
    if rng.random() < 0.5:
        gaps = fractal_noise(rng, (height, width), height / 5, 4) - np.linspace(0.2, 0.9, height)[:, None]
        cv2.copyTo(surfaces.heavens(rng, (height, width)), (gaps > 0).astype(np.uint8), image)
    for _ in range(rng.integers(0, 6)):
        wide = rng.uniform(0.01, 0.09)
        trunk = cv2.convertScaleAbs(surfaces.gravel(rng, (200, 30)), alpha=rng.uniform(0.2, 0.9))
        _paste(image, trunk, _box(rng.uniform(0, 1), -0.1, wide, rng.uniform(0.7, 1.2)))
    if rng.random() < 0.4:
        _ground(rng, image, rng.uniform(0.5, 0.9))


def _studio(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw a smooth backdrop with a soft spot of light, or a plain wall of one color."""
    height, width = image.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    spot = np.exp(-((x - rng.normal(0, 0.4)) ** 2 + (y - rng.normal(0, 0.4)) ** 2) * rng.uniform(0.1, 2))[..., None]
    dark, bright = rng.uniform(0.05, 0.9), rng.uniform(0.7, 1.2)
    image[:] = np.clip(draw_color(rng, 0.3) * (dark + (bright - dark) * spot), 0, 255)


def _night(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw a dark street with many lights."""
    _street(rng, image)
    cv2.convertScaleAbs(image, image, alpha=rng.uniform(0.08, 0.35))
    _bokeh(rng, image, int(rng.integers(20, 90)))


def _bokeh(rng: np.random.Generator, image: np.ndarray, count: int) -> None:
    """Draw lights out of focus: bright discs of similar size."""
    height, width = image.shape[:2]
    radius = height * rng.uniform(0.008, 0.06)
    discs = np.zeros_like(image)
    for _ in range(count):
        place = (rng.uniform(0, 1, 2) * (width, height)).astype(int).tolist()
        color = draw_color(rng, 0.5) * rng.uniform(0.2, 1)
        cv2.circle(discs, place, max(1, int(radius * rng.uniform(0.7, 1.3))), color.tolist(), -1, cv2.LINE_AA)
    image[:] = cv2.add(image, cv2.GaussianBlur(discs, (0, 0), max(0.5, radius / 8)))


def _heap(rng: np.random.Generator, image: np.ndarray) -> None:
    """Draw posters in front of the clutter itself."""
    for _ in range(rng.integers(0, 5)):
        _opening(rng, image, _box(*rng.uniform(-0.1, 0.9, 2), *rng.uniform(0.1, 0.4, 2)))


def _crowd(rng: np.random.Generator, image: np.ndarray, count: int) -> None:
    """Draw people out of focus without faces: heads of hair and skin on dressed shoulders."""
    height, width = image.shape[:2]
    size = height * np.exp(rng.uniform(np.log(0.05), np.log(0.3)))
    layer = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(count):
        x, y = rng.uniform(0, width), height * rng.uniform(0.3, 0.9)
        skin = SKIN_TONES[rng.integers(len(SKIN_TONES))][::-1] * rng.uniform(0.5, 1)
        hair = HAIR_COLORS[rng.integers(len(HAIR_COLORS))][::-1] * rng.uniform(0.6, 1.2)
        lean = rng.normal(0, 12)
        parts = [
            (draw_color(rng, 0.3), (x, y + 2.9 * size), (1.5 * size, 2.2 * size)),
            (skin * 0.8, (x, y + 0.8 * size), (0.33 * size, 0.6 * size)),
            (hair, (x, y - 0.1 * size), np.array([0.62, 0.75]) * size * rng.uniform(0.95, 1.25)),
        ]
        if rng.random() < 0.5:
            parts.append((skin, (x + rng.normal(0, 0.15) * size, y + 0.22 * size), (0.48 * size, 0.55 * size)))
        for color, place, axes in parts:
            center, radii = np.array(place).astype(int).tolist(), np.maximum(1, np.array(axes)).astype(int).tolist()
            cv2.ellipse(layer, center, radii, lean, 0, 360, np.clip(color, 0, 255).tolist(), -1)
            cv2.ellipse(mask, center, radii, lean, 0, 360, 255, -1)
    sigma = size * rng.uniform(0.08, 0.25)
    layer = surfaces.lit(rng, layer, 0.3, size)
    alpha = _blurred(mask, sigma).astype(np.float32)[..., None] / 255
    # The layer is blurred over the image, so that its black background does not darken the edges.
    sharp = np.where(mask[..., None] > 0, layer, image)
    image[:] = _blurred(sharp, sigma) * alpha + image * (1 - alpha)

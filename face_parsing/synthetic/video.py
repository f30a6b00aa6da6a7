"""Render clips of faces: the picture and the mask of each frame."""

from collections.abc import Iterator
from copy import deepcopy

import cv2
import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.synthetic.camera import camera, development
from face_parsing.synthetic.camera.surface import Pinhole, Surface
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.people import person as people
from face_parsing.synthetic.people.identity import Identity
from face_parsing.synthetic.people.motion import Motion
from face_parsing.synthetic.people.person import Person
from face_parsing.synthetic.rendering.mesh import unit
from face_parsing.synthetic.rendering.raster import Hits, rasterize
from face_parsing.synthetic.scene import background, lights
from face_parsing.synthetic.script import Script, draw_script
from face_parsing.synthetic.wear import lenses, occluders

FINE_BELOW = 80  # pixels; smaller faces are drawn at three times the resolution
GLOSS = {"skin": 0.1, "nose": 0.14, "hair": 0.12, "glasses": 0.6, "upper_lip": 0.22, "lower_lip": 0.3}
GLOSS |= {"left_eye": 0.1, "right_eye": 0.1, "neck": 0.06, "beard": 0.05, "left_ear": 0.1, "right_ear": 0.1}
HARD = ("background", "hair", "beard", "glasses", "left_eyebrow", "right_eyebrow")  # light does not enter these


def render_clip(
    parameters: Synthetic, clips: RenderedClips, labels: LabelTable, split: str, index: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield a clip's frames as (image (H, W, 3) uint8 BGR, label map (H, W) uint8), free of label errors.

    A clip depends on the seed, the split, its index and the parameters of a clip, but not on the number of clips.
    """
    yield from render(draw_script(parameters, clips, split, index), labels)


def render(script: Script, labels: LabelTable) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield a script's frames as :func:`render_clip` does; every call yields the same frames."""
    for image, label_map, _ in render_surfaces(script, labels):
        yield image, label_map


def render_surfaces(script: Script, labels: LabelTable) -> Iterator[tuple[np.ndarray, np.ndarray, Surface]]:
    """Yield a script's frames as :func:`render` does, each with its visible surface points."""
    draws = deepcopy(script.generators)
    motion = script.motion
    fine = 3 if script.face_height < FINE_BELOW else 1
    texels = float(np.clip(1.6 * fine * script.face_height / 28, 5, 14))
    person = people.build_person(script.identity, labels, texels, draws.clip)
    person, panes = occluders.wear(person, labels, script.kinds, draws.occluders)
    boxes = [_extent(person, labels, motion, frame, script.distance) for frame in range(len(motion.yaw))]
    scale = script.face_height / min((box[3] - box[1]) * zoom for box, zoom in zip(boxes, motion.zoom, strict=True))
    center = _placement(draws.clip, script, np.array(boxes) * scale)
    for frame, zoom in enumerate(motion.zoom):
        shift = motion.shift[frame] * 4
        scene = background.view(script.backdrop, shift, zoom**0.3, script.width, script.height)
        scene, label_map, surface = _draw(
            person, panes, labels, script, frame, scale * zoom, center[frame], scene, fine
        )
        image = camera.take(draws.clip, scene)
        if script.look is not None:
            image = development.develop(draws.camera, image, script.look)
        if draws.clip.random() < script.bad_frames:
            image = camera.spoil(draws.clip, image)
        yield image, label_map, surface


def _posed(person: Person, motion: Motion, frame: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    head_turn = people.rotation(motion.yaw[frame], motion.pitch[frame], motion.roll[frame])
    body_turn = people.rotation(motion.body_yaw[frame], 0.0, 0.25 * motion.roll[frame])
    return people.pose(person, head_turn, body_turn, mouth_gap(person.identity, motion, frame))


def mouth_gap(person: Identity, motion: Motion, frame: int) -> float:
    """Return how far the mouth is open, in centimetres."""
    gap = max(2.2 * float(motion.mouth[frame]), person.expression.gap)
    return gap if gap > 0.1 else 0.0


def _project(vertices: np.ndarray, distance: float) -> np.ndarray:
    """Project in perspective: (N, 3) centimetres to the right, down and towards the viewer, about the head's pivot."""
    near = distance / (distance - vertices[:, 2])
    return np.stack([vertices[:, 0] * near, -vertices[:, 1] * near, vertices[:, 2]], 1)


def _extent(person: Person, labels: LabelTable, motion: Motion, frame: int, distance: float) -> np.ndarray:
    """Return the bounding box of everything labelled, (x1, y1, x2, y2) in centimetres about the pivot."""
    vertices, _, texture = _posed(person, motion, frame)
    texel = (texture * person.atlas.scale).astype(int)
    labelled = person.atlas.classes[texel[:, 1], texel[:, 0]] != 0
    points = _project(vertices[labelled], distance)[:, :2]
    return np.concatenate([points.min(0), points.max(0)])


def _placement(rng: np.random.Generator, script: Script, boxes: np.ndarray) -> np.ndarray:
    """Draw the pivot's place in each frame, (F, 2) pixels: the box is in the frame, or an edge of the frame cuts it."""
    boxes = boxes * script.motion.zoom[:, None]
    shift = script.motion.shift * script.face_height
    frame = np.array([script.width, script.height])
    low, high = (boxes[:, :2] + shift).min(0), (boxes[:, 2:] + shift).max(0)
    start, end = -low, frame - high
    # A face too large for the frame extends beyond it on both sides.
    start, end = np.minimum(start, end), np.maximum(start, end)
    center = start + rng.uniform(0, 1, 2) * (end - start)
    if script.partial:
        axis, far = rng.integers(2), rng.integers(2)
        size = (boxes[:, 2 + axis] - boxes[:, axis]).mean()
        beyond = rng.uniform(0.2, 0.6) * size
        middle_box = boxes.mean(0)
        center[axis] = frame[axis] - middle_box[2 + axis] + beyond if far else -middle_box[axis] - beyond
    return center + shift


def _draw(
    person: Person,
    panes: list[lenses.Lens],
    labels: LabelTable,
    script: Script,
    frame: int,
    scale: float,
    center: np.ndarray,
    scene: np.ndarray,
    fine: int,
) -> tuple[np.ndarray, np.ndarray, Surface]:
    """Draw a person into a scene; return the picture, the label map and the visible surface."""
    motion, lighting, distance = script.motion, script.lighting, script.distance
    height, width = scene.shape[:2]
    vertices, normals, texture = _posed(person, motion, frame)
    atlas = people.paint(
        person, labels, float(motion.eyes[frame]), motion.gaze[frame], mouth_gap(person.identity, motion, frame)
    )
    points = _project(vertices, distance)
    points[:, :2] = points[:, :2] * scale + center
    placed = points.copy()
    left, top = np.clip(np.floor(points[:, :2].min(0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(points[:, :2].max(0)).astype(int) + 1, 0, (width, height))
    label_map = np.zeros((height, width), np.uint8)
    pinhole = Pinhole(scale * distance, (float(center[0]), float(center[1])), distance)

    def surface(visible: Hits) -> Surface:
        return Surface(
            visible,
            placed,
            person.triangles,
            person.two_sided,
            (height, width),
            normals,
            texture,
            person.texture,
            1 / atlas.scale,
            person.is_head,
            pinhole,
        )

    if right <= left or bottom <= top:
        no_hits = rasterize(placed[:0], person.triangles[:0], person.two_sided[:0], width, height)
        return scene, label_map, surface(no_hits)
    # Pixel p of the frame is sample fine * p + fine // 2 of the fine grid.
    points[:, :2] = (points[:, :2] - (left, top)) * fine + fine // 2
    size = ((bottom - top) * fine, (right - left) * fine)
    hits = rasterize(points, person.triangles, person.two_sided, size[1], size[0])

    attributes = np.concatenate([normals, texture, vertices], 1).astype(np.float32)
    values = hits.interpolated(attributes, person.triangles)
    normal = unit(values[:, :3])
    normal[(normal[:, 2] < 0) & person.two_sided[hits.triangle]] *= -1
    texel = np.clip((values[:, 3:5] * atlas.scale).astype(np.int32), 0, np.array(atlas.classes.shape[::-1]) - 1)
    place = texel[:, 1] * atlas.classes.shape[1] + texel[:, 0]
    classes = atlas.classes.ravel()[place]
    colors = atlas.colors.reshape(-1, 3)[place]

    gloss, soft = np.zeros(256, np.float32), np.full(256, 0.35, np.float32)
    for name, strength in GLOSS.items():
        gloss[labels.id_of(name)] = strength
    soft[[labels.id_of(name) for name in HARD]] = 0.08
    radiance = lights.radiance(
        colors, normal, values[:, 5:8], vertices[person.casts], gloss[classes], soft[classes], lighting
    )

    layer = np.zeros((size[0] * size[1], 4), np.float32)
    layer[hits.pixel, :3] = radiance
    layer[hits.pixel, 3] = 1
    mask = np.zeros(size[0] * size[1], np.uint8)
    mask[hits.pixel] = classes
    hidden = np.zeros(len(mask), bool)
    if panes:
        depth = np.full(len(mask), -np.inf, np.float32)
        depth[hits.pixel] = hits.depth
        turn = people.rotation(motion.yaw[frame], motion.pitch[frame], motion.roll[frame]).T
        for pane in panes:
            turned = (pane.points.reshape(-1, 3) - people.PIVOT) @ turn
            corners = _project(turned, distance)
            corners[:, :2] = (corners[:, :2] * scale + center - (left, top)) * fine + fine // 2
            glass = lenses.glaze(pane, corners, turned, depth, size, lighting.lamps[0])
            layer[glass.pixel, :3] = layer[glass.pixel, :3] * glass.passed + glass.mirrored
            layer[glass.pixel, 3] = 1 - (1 - layer[glass.pixel, 3]) * glass.passed.mean(1)
            mask[glass.pixel[glass.hides]] = labels.id_of(pane.label)
            hidden[glass.pixel[glass.hides]] = True
    layer[:, :3] = 255 * lights.exposed(layer[:, :3], lighting) ** (1 / 2.2)
    layer = cv2.resize(layer.reshape(*size, 4), (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    window = scene[top:bottom, left:right]
    scene[top:bottom, left:right] = np.round(window * (1 - layer[..., 3:]) + layer[..., :3]).astype(np.uint8)
    label_map[top:bottom, left:right] = mask.reshape(size)[fine // 2 :: fine, fine // 2 :: fine]
    visible = _at_pixels(hits.where(~hidden[hits.pixel]), fine, size[1], left, top, width)
    return scene, label_map, surface(visible)


def _at_pixels(hits: Hits, fine: int, across: int, left: int, top: int, width: int) -> Hits:
    """Select the hits of a fine grid, ``across`` samples wide, that fall on pixels of the frame."""
    row, column = np.divmod(hits.pixel, across)
    kept = (row % fine == fine // 2) & (column % fine == fine // 2)
    shown = hits.where(kept)
    return Hits(
        (row[kept] // fine + top) * width + column[kept] // fine + left, shown.triangle, shown.weights, shown.depth
    )

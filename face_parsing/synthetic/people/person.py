"""A person in three dimensions: the meshes of the head and the body, their paint, and their pose."""

from dataclasses import dataclass, replace

import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.synthetic.people import atlas as sheet
from face_parsing.synthetic.people import body, face, glasses, hair, head
from face_parsing.synthetic.people.atlas import Atlas, linear
from face_parsing.synthetic.people.identity import Identity
from face_parsing.synthetic.rendering.mesh import Mesh, bent, grid_mesh, vertex_normals
from face_parsing.synthetic.rendering.noise import fractal_noise, value_noise

PIVOT = np.array([0.0, -6.0, -2.0])  # the neck joint of the head, centimetres from the head's origin


@dataclass(frozen=True)
class Person:
    """All meshes of a person in one list of vertices.

    Attributes:
        identity: The identity.
        atlas: The paint.
        front: The atlas's front patch without an expression (classes and colors).
        vertices, normals: (N, 3) float32 at rest, centimetres from the head's origin.
        texture: (N, 2) float32 texture coordinates.
        triangles: (M, 3) int32 indices into vertices.
        two_sided: (M,) bool, whether a triangle's back is drawn too.
        follows_head: (N,) float32, 1 on the head, 0 on the body, between them on the neck.
        is_head: (N,) bool, the head's own surface, which the jaw moves.
        casts: (N,) bool, whether a vertex casts shadows.
    """

    identity: Identity
    atlas: Atlas
    front: tuple[np.ndarray, np.ndarray]
    vertices: np.ndarray
    normals: np.ndarray
    texture: np.ndarray
    triangles: np.ndarray
    two_sided: np.ndarray
    follows_head: np.ndarray
    is_head: np.ndarray
    casts: np.ndarray


def build_person(identity: Identity, labels: LabelTable, scale: float, rng: np.random.Generator) -> Person:
    """Build a person's meshes and paint them at ``scale`` texels a centimetre."""
    meshes: list[tuple[Mesh, np.ndarray | float]] = []
    skull = head.head_points(identity)
    texture = sheet.head_texture(skull)
    if identity.beard == "full":
        skull = _with_beard(skull, identity)
    meshes.append((grid_mesh(skull, texture), 1.0))
    for side in (1, -1):
        points = head.ear_points(identity, side)
        meshes.append((grid_mesh(points, sheet.ear_texture(side, *points.shape[:2])), 1.0))
    shell = hair.shell_points(identity, rng)
    if shell is not None:
        points, length = shell
        meshes.append(
            (grid_mesh(points, sheet.around_texture("hair", np.minimum(length, 43.5), hair.COLUMNS), True), 1.0)
        )
    if identity.hair_style in ("bun", "tail"):
        points = hair.bun_points(identity)
        meshes.append(
            (grid_mesh(points, sheet.around_texture("hair", np.linspace(2, 20, len(points)), points.shape[1])), 1.0)
        )
    if identity.glasses:
        front = float(skull[..., 2][np.abs(skull[..., 1] - identity.eye[1]).argmin(0)[48], 48])
        for tube in glasses.glasses_points(identity, front - 0.4):
            place = np.broadcast_to([WIDTH_MIDDLE, sheet.STRIPS["glasses"] + 1.0], (*tube.shape[:2], 2))
            meshes.append((grid_mesh(tube, place, True), 1.0))
    casting = sum(len(mesh.vertices) for mesh, _ in meshes)
    points, follow = body.neck_points(identity)
    down = (1 - follow) * NECK_LENGTH
    meshes.append(
        (grid_mesh(points, sheet.around_texture("neck", down, points.shape[1])), np.repeat(follow, points.shape[1]))
    )
    points = body.torso_points(identity)
    down = body.NECK_FOOT + identity.clothes.rise + 1.6 - points[..., 1]
    meshes.append(
        (
            grid_mesh(
                points,
                sheet.around_texture("torso", np.minimum(down, 20) + np.maximum(down - 20, 0) * 0.1, points.shape[1]),
            ),
            0.0,
        )
    )

    atlas = sheet.blank(scale)
    face.paint_head(atlas, identity, labels, rng)
    _paint_rest(atlas, identity, labels, rng)
    rows, columns = face.front_patch(atlas)
    count = np.cumsum([0] + [len(mesh.vertices) for mesh, _ in meshes])
    if identity.bends is not None:
        meshes = [(_bent(mesh, follow, identity.bends), follow) for mesh, follow in meshes]
    vertices = np.concatenate([mesh.vertices for mesh, _ in meshes])
    number = np.arange(len(vertices))
    return Person(
        identity=identity,
        atlas=atlas,
        front=(atlas.classes[rows, columns].copy(), atlas.colors[rows, columns].copy()),
        vertices=vertices,
        normals=np.concatenate([vertex_normals(mesh.vertices, mesh.triangles) for mesh, _ in meshes]),
        texture=np.concatenate([mesh.texture for mesh, _ in meshes]),
        triangles=np.concatenate([mesh.triangles + start for (mesh, _), start in zip(meshes, count, strict=False)]),
        two_sided=np.concatenate([np.full(len(mesh.triangles), mesh.two_sided) for mesh, _ in meshes]),
        follows_head=np.concatenate([np.broadcast_to(f, len(mesh.vertices)) for mesh, f in meshes]).astype(np.float32),
        is_head=number < count[1],
        casts=number < casting,
    )


WIDTH_MIDDLE = sheet.WIDTH / 2
NECK_LENGTH = 11.5  # the length of the neck on its strip of the atlas, centimetres


def _bent(mesh: Mesh, follow: np.ndarray | float, bends: np.ndarray) -> Mesh:
    """Move a mesh by the person's bends, as far as it follows the head."""
    share = np.broadcast_to(follow, len(mesh.vertices))[:, None]
    moved = mesh.vertices + share * (bent(mesh.vertices, bends) - mesh.vertices)
    return replace(mesh, vertices=moved.astype(np.float32))


def _with_beard(points: np.ndarray, identity: Identity) -> np.ndarray:
    """Add the beard's volume to the head."""
    azimuth = np.arctan2(points[..., 0], points[..., 2])
    u, y = azimuth * head.UNROLLED, points[..., 1]
    chin = np.clip((head.MOUTH_HEIGHT + identity.mouth[3] - 1.5 - y) / 2.0, 0, 1)
    amount = identity.beard_length * chin * np.clip((11 - np.abs(u)) / 4, 0, 1)
    length = np.linalg.norm(points, axis=-1, keepdims=True)
    return points * (1 + amount[..., None] / length)


def _paint_rest(atlas: Atlas, identity: Identity, labels: LabelTable, rng: np.random.Generator) -> None:
    """Paint hair, ears, neck, clothes and glasses."""
    scale = atlas.scale

    def strip(name: str) -> tuple[np.ndarray, np.ndarray]:
        area = atlas.strip(name)
        return atlas.classes[area], atlas.colors[area]

    classes, colors = strip("hair")
    classes[:] = labels.id_of("hair")
    strands = value_noise(rng, classes.shape, (5 * scale, 0.16 * scale))
    locks = value_noise(rng, classes.shape, (7 * scale, 1.1 * scale))
    if identity.hair_style in ("afro", *hair.CURLY):
        strands, locks = (fractal_noise(rng, classes.shape, grain * scale, 2) for grain in (0.35, 1.2))
    tone = np.clip(1 + identity.hair_gloss * strands + 0.3 * locks, 0.15, None)
    colors[:] = linear(identity.hair_color) * tone[..., None]
    if identity.roots is not None:
        near = np.clip(1 - np.arange(classes.shape[0]) / (8.0 * scale), 0, 1)[:, None, None]
        colors[:] = (1 - near) * colors + near * linear(identity.roots) * tone[..., None]

    classes, colors = strip("ears")
    across = np.arange(classes.shape[1]) / scale
    down = (np.arange(classes.shape[0]) / scale - 0.5) / 7.0
    colors[:] = linear(identity.skin * (1.0, 0.9, 0.88))
    for side, name in ((1, "left_ear"), (-1, "right_ear")):
        columns = np.abs(across - sheet.EARS[side]) <= 0.5 * sheet.EAR_SPAN + 1
        classes[:, columns] = labels.id_of(name)
        turn = side * (across[columns] - sheet.EARS[side]) / sheet.EAR_SPAN  # 0 faces the front, 0.25 faces outwards
        hollow = np.exp(-(((turn - 0.22) / 0.07) ** 2)[None, :] - (((down - 0.52) / 0.16) ** 2)[:, None])
        fold = np.exp(-(((turn - 0.3) / 0.025) ** 2)[None, :] - (((down - 0.35) / 0.2) ** 2)[:, None])
        colors[:, columns] *= (1 - 0.6 * hollow - 0.3 * fold)[..., None].astype(np.float32)

    classes, colors = strip("neck")
    classes[:] = labels.id_of("neck")
    blotches = fractal_noise(rng, classes.shape, 3 * scale, 3)
    pores = rng.standard_normal(classes.shape, np.float32)
    colors[:] = linear(identity.skin * 0.95) * (1 + 0.08 * blotches + 0.03 * pores)[..., None]
    if identity.clothes.high > 0:
        up = NECK_LENGTH - np.arange(classes.shape[0])[:, None] / scale
        azimuth = (np.arange(classes.shape[1]) / scale - WIDTH_MIDDLE)[None, :] / head.UNROLLED
        # The strip has the same length for every neck, so heights on it are scaled.
        length = body.NECK_TOP - body.NECK_FOOT - identity.clothes.rise
        cloth = up * length / NECK_LENGTH < body.collar_height(identity, azimuth)
        classes[cloth] = 0
        colors[cloth] = linear(identity.cloth) * (1 + 0.15 * blotches[cloth])[:, None]
    _paint_clothes(*strip("torso"), identity, labels, scale, rng)
    classes, colors = strip("glasses")
    classes[:] = labels.id_of("glasses")
    colors[:] = linear(identity.glasses_color)


def _paint_clothes(
    classes: np.ndarray,
    colors: np.ndarray,
    identity: Identity,
    labels: LabelTable,
    scale: float,
    rng: np.random.Generator,
) -> None:
    """Paint patterned cloth, labelled background, and the skin inside the neckline, labelled neck."""
    shape = classes.shape
    u = (np.arange(shape[1]) / scale - sheet.WIDTH / 2)[None, :]
    down = (np.arange(shape[0]) / scale)[:, None]
    tone = 1 + 0.18 * fractal_noise(rng, shape, 4 * scale, 4)
    colors[:] = linear(identity.cloth)
    pattern = rng.integers(4)
    period = rng.uniform(1.5, 5)
    if pattern < 3:
        stripes = [np.sin(2 * np.pi * down / period), np.sin(2 * np.pi * u / period)]
        mask = stripes[pattern] > 0.3 if pattern < 2 else stripes[0] * stripes[1] > 0
        colors[np.broadcast_to(mask, shape)] = linear(rng.uniform(10, 235, 3))
    if identity.clothes.front is not None:
        _paint_front(colors, identity.clothes.front, u, down, rng)
    neckline = identity.collar * np.clip(1 - np.abs(u) / 9, 0, 1) * 9 + 0.6
    if identity.clothes.high > 0:
        neckline = np.full_like(neckline, -1.0)
    bare = np.broadcast_to(down < neckline + 0 * u, shape)
    classes[bare] = labels.id_of("neck")
    colors[bare] = linear(identity.skin * 0.97)
    colors *= tone[..., None]
    edge = np.abs(down - neckline - 0.25) < 0.25
    colors[edge] *= 0.6


def _paint_front(colors: np.ndarray, front: str, u: np.ndarray, down: np.ndarray, rng: np.random.Generator) -> None:
    """Paint the front of the clothes, see :class:`face_parsing.synthetic.people.identity.Clothes`."""
    other = linear(rng.uniform(10, 245, 3))
    side = np.abs(u)
    if front == "lapels":  # a shirt between a jacket's lapels, and perhaps a tie
        inside = side < np.clip(7 - 0.25 * down, 0.5, None)
        colors[inside] = other
        colors[(side < np.clip(8.5 - 0.25 * down, 0.8, None)) & ~inside] *= 0.75
        if rng.random() < 0.5:
            colors[side < np.broadcast_to(0.6 + 0.05 * down, inside.shape)] = linear(rng.uniform(10, 245, 3))
    elif front == "zip":
        colors[np.broadcast_to(side < 0.35, colors.shape[:2])] = other
    elif front == "buttons":
        colors[np.broadcast_to(side < 1.4, colors.shape[:2])] *= 0.9
        colors[(side < 0.5) & (np.mod(down, 5.0) < 1.0)] = other
    else:
        for _ in range(rng.integers(1, 6)):
            middle, size = rng.uniform((-12, 4), (12, 22)), rng.uniform(0.8, 6, 2)
            colors[((u - middle[0]) / size[0]) ** 2 + ((down - middle[1]) / size[1]) ** 2 < 1] = linear(
                rng.uniform(10, 245, 3)
            )


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Return the (3, 3) rotation of a head, which applies roll, then pitch, then yaw."""
    (sy, sp, sr), (cy, cp, cr) = np.sin([yaw, pitch, roll]), np.cos([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def pose(
    person: Person, head_turn: np.ndarray, body_turn: np.ndarray, mouth_gap: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pose a person: turn the head and the body, and open the jaw.

    Args:
        person: The person.
        head_turn, body_turn: (3, 3) rotations.
        mouth_gap: How far the mouth is open, centimetres.

    Returns:
        Vertices and normals, (N, 3) float32 about the head's pivot, and texture coordinates (N, 2).
    """
    vertices, texture = person.vertices.copy(), person.texture.copy()
    if mouth_gap > 0:
        skull = vertices[person.is_head]
        opened = head.open_jaw(skull, head.MOUTH_HEIGHT + person.identity.mouth[3], mouth_gap)
        texture[person.is_head, 1] -= opened[:, 1] - skull[:, 1]
        vertices[person.is_head] = opened
    vertices -= PIVOT.astype(np.float32)
    follow = person.follows_head[:, None]
    turned = []
    for values in (vertices, person.normals):
        with_head = values @ head_turn.T.astype(np.float32)
        with_body = values @ body_turn.T.astype(np.float32)
        turned.append(follow * with_head + (1 - follow) * with_body)
    return turned[0], turned[1], texture


def paint(person: Person, labels: LabelTable, eyes: float, gaze: np.ndarray, mouth_gap: float) -> Atlas:
    """Paint the person's expression and return the atlas; every call repaints the same arrays in place."""
    rows, columns = face.front_patch(person.atlas)
    person.atlas.classes[rows, columns], person.atlas.colors[rows, columns] = person.front
    face.paint_expression(person.atlas, person.identity, labels, eyes, gaze, mouth_gap)
    return person.atlas

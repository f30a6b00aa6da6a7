"""Real-world occluders of faces: draw the occluders of a clip and put them on a person."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from face_parsing.core.labels import LabelTable
from face_parsing.synthetic.people import atlas as sheet
from face_parsing.synthetic.people.head_surface import HeadSurface
from face_parsing.synthetic.people.person import Person
from face_parsing.synthetic.rendering.mesh import grid_mesh, vertex_normals
from face_parsing.synthetic.wear.eyewear import draw_eyewear
from face_parsing.synthetic.wear.hands import draw_hand
from face_parsing.synthetic.wear.headgear import draw_goggles, draw_headphones, draw_mask
from face_parsing.synthetic.wear.headwear import draw_headwear
from face_parsing.synthetic.wear.held import draw_cup, draw_microphone, draw_passer_by, draw_telephone
from face_parsing.synthetic.wear.lenses import Lens
from face_parsing.synthetic.wear.pieces import Material, Occluder, Piece, paint

KINDS: dict[str, tuple[float, Callable[[np.random.Generator, HeadSurface], Occluder]]] = {  # weights
    "eyewear": (35, draw_eyewear),
    "spectacles": (0, partial(draw_eyewear, lens="clear")),  # replaces the glasses of a person who wears any
    "headwear": (30, draw_headwear),
    "hand": (15, draw_hand),
    "headphones": (10, draw_headphones),
    "mask": (8, draw_mask),
    "goggles": (4, draw_goggles),
    "microphone": (2, draw_microphone),
    "telephone": (2, draw_telephone),
    "cup": (1, draw_cup),
    "passer_by": (2, draw_passer_by),
}
JAW_REACH = 2.5  # centimetres
TWO = 0.35  # the share of clips with two occluders, among clips with any
APART = [{"eyewear", "goggles"}, {"headwear", "headphones"}, {"headwear", "goggles"}, {"headphones", "goggles"}]
APART += [{"hand", "microphone"}, {"hand", "telephone"}, {"hand", "cup"}, {"mask", "cup"}]  # these pairs would collide
PRESSED = ("hair", "left_ear", "right_ear")  # classes that give way under an occluder


def draw_kinds(rng: np.random.Generator, glasses: bool) -> list[str]:
    """Draw one or two compatible KINDS, and add spectacles for a person with glasses."""
    names = list(KINDS)
    weights = np.array([weight for weight, _ in KINDS.values()], float)
    first, second = (str(name) for name in rng.choice(names, 2, replace=False, p=weights / weights.sum()))
    kinds = [first, second] if rng.random() < TWO and {first, second} not in APART else [first]
    return [*kinds, "spectacles"] if glasses and not {"eyewear", "goggles"} & set(kinds) else kinds


def wear(person: Person, labels: LabelTable, kinds: list[str], rng: np.random.Generator) -> tuple[Person, list[Lens]]:
    """Put occluders on a person.

    Args:
        person: The person. The strip of its atlas for occluders is painted in place.
        labels: The classes.
        kinds: Names of KINDS.
        rng: The random generator for the shape and the color of each occluder.

    Returns:
        The person with the occluders among its meshes, and the lenses in front of it.
    """
    if not kinds:
        return person, []
    surface = HeadSurface(person)
    occluders = [KINDS[kind][1](rng, surface) for kind in kinds]
    for occluder in occluders:
        person = _make_room(person, labels, occluder)
    pieces = [piece for occluder in occluders for piece in occluder.pieces]
    person = _add(person, pieces, _paint(person.atlas, labels, pieces, rng))
    return person, [lens for occluder in occluders for lens in occluder.lenses]


def _make_room(person: Person, labels: LabelTable, occluder: Occluder) -> Person:
    """Press the person's hair and ears under an occluder, or hide the hair."""
    texel = (person.texture[person.triangles].mean(1) * person.atlas.scale).astype(int)
    label = person.atlas.classes[texel[:, 1], texel[:, 0]]

    def points_of(*names: str) -> np.ndarray:
        """Select the vertices, (N,) bool, of triangles of the given classes, without the head itself."""
        selected = np.zeros(len(person.vertices), bool)
        selected[person.triangles[np.isin(label, [labels.id_of(name) for name in names])]] = True
        return selected & ~person.is_head

    pressed = points_of(*PRESSED)
    if occluder.press is not None:
        vertices = person.vertices.copy()
        vertices[pressed] = occluder.press(vertices[pressed])
        normals = person.normals.copy()
        normals[pressed] = vertex_normals(vertices, person.triangles)[pressed]
        person = replace(person, vertices=vertices, normals=normals)
    if occluder.hides_hair:
        shell = points_of("hair")
        kept = ~shell[person.triangles].any(1)
        person = replace(
            person,
            triangles=person.triangles[kept],
            two_sided=person.two_sided[kept],
            casts=person.casts & ~shell,
        )
    return person


def _paint(
    atlas: sheet.Atlas, labels: LabelTable, pieces: list[Piece], rng: np.random.Generator
) -> dict[Material, tuple[float, float]]:
    """Paint each material once into the atlas's strip; return the top and the height of its patch, centimetres."""
    patches: dict[Material, tuple[float, float]] = {}
    down = sheet.STRIPS["occluders"]
    for material in dict.fromkeys(piece.material for piece in pieces):
        patches[material] = (down, material.height)
        rows = slice(round(down * atlas.scale), round((down + material.height) * atlas.scale))
        columns = slice(0, round(material.width * atlas.scale))
        atlas.classes[rows, columns] = labels.id_of(material.label)
        colors = atlas.colors[rows, columns]
        colors[:] = paint(material, colors.shape[:2], atlas.scale, rng)
        down += material.height
    assert down <= sheet.HEIGHT, f"the occluders' materials take {down} cm of the atlas"
    return patches


def _add(person: Person, pieces: list[Piece], patches: dict[Material, tuple[float, float]]) -> Person:
    """Add pieces to the person's meshes; they cast shadows."""
    vertices, normals, texture, triangles = [person.vertices], [person.normals], [person.texture], [person.triangles]
    follow, jaw = [person.follows_head], [person.is_head]
    margin = 1.5 / person.atlas.scale
    count = len(person.vertices)
    for piece in pieces:
        rows, columns = piece.points.shape[:2]
        top, height = patches[piece.material]
        height -= JAW_REACH * piece.jaw  # leaves room for the texture to move with the jaw
        place = np.stack(
            np.broadcast_arrays(
                np.linspace(margin, piece.material.width - margin, columns)[None, :],
                np.linspace(top + margin, top + height - margin, rows)[:, None],
            ),
            -1,
        )
        mesh = grid_mesh(piece.points, place, True)
        vertices.append(mesh.vertices)
        normals.append(vertex_normals(mesh.vertices, mesh.triangles))
        texture.append(mesh.texture)
        triangles.append(mesh.triangles + count)
        follow.append(np.repeat(np.broadcast_to(piece.follow, rows), columns).astype(np.float32))
        jaw.append(np.full(rows * columns, piece.jaw))
        count += rows * columns
    added = count - len(person.vertices)
    return replace(
        person,
        vertices=np.concatenate(vertices),
        normals=np.concatenate(normals),
        texture=np.concatenate(texture),
        triangles=np.concatenate(triangles),
        two_sided=np.concatenate([person.two_sided, np.ones(sum(map(len, triangles[1:])), bool)]),
        follows_head=np.concatenate(follow),
        is_head=np.concatenate(jaw),
        casts=np.concatenate([person.casts, np.ones(added, bool)]),
    )

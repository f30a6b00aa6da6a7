"""What covers faces in the real world: which covers a clip has, and how they are put on a person."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from face_parsing.pipeline.labels import LabelTable
from face_parsing.synthetic import atlas as sheet
from face_parsing.synthetic.eyewear import draw_eyewear
from face_parsing.synthetic.hands import draw_hand
from face_parsing.synthetic.head_surface import HeadSurface
from face_parsing.synthetic.headgear import draw_goggles, draw_headphones, draw_mask
from face_parsing.synthetic.headwear import draw_headwear
from face_parsing.synthetic.held import draw_cup, draw_microphone, draw_passer_by, draw_telephone
from face_parsing.synthetic.lenses import Lens
from face_parsing.synthetic.mesh import grid_mesh, vertex_normals
from face_parsing.synthetic.person import Person
from face_parsing.synthetic.pieces import Cover, Material, Piece, paint

KINDS: dict[str, tuple[float, Callable[[np.random.Generator, HeadSurface], Cover]]] = {  # weights
    "eyewear": (35, draw_eyewear),
    "spectacles": (0, partial(draw_eyewear, lens="clear")),  # of a person who wears glasses anyway
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
TWO = 0.35  # the share of covered clips with two covers
APART = [{"eyewear", "goggles"}, {"headwear", "headphones"}, {"headwear", "goggles"}, {"headphones", "goggles"}]
APART += [{"hand", "microphone"}, {"hand", "telephone"}, {"hand", "cup"}, {"mask", "cup"}]  # they would collide
PRESSED = ("hair", "left_ear", "right_ear")  # what gives way under a cover


def draw_kinds(rng: np.random.Generator, glasses: bool) -> list[str]:
    """Draw one or two of KINDS that go together, and spectacles for a person with glasses."""
    names = list(KINDS)
    weights = np.array([weight for weight, _ in KINDS.values()], float)
    first, second = (str(name) for name in rng.choice(names, 2, replace=False, p=weights / weights.sum()))
    kinds = [first, second] if rng.random() < TWO and {first, second} not in APART else [first]
    return [*kinds, "spectacles"] if glasses and not {"eyewear", "goggles"} & set(kinds) else kinds


def wear(person: Person, labels: LabelTable, kinds: list[str], rng: np.random.Generator) -> tuple[Person, list[Lens]]:
    """Put covers on a person.

    Args:
        person: who is covered; its atlas's strip for covers is painted.
        labels: the classes.
        kinds: names of KINDS.
        rng: draws how each cover looks.

    Returns:
        The person with the covers among its meshes, and the lenses that stand before it.
    """
    if not kinds:
        return person, []
    surface = HeadSurface(person)
    covers = [KINDS[kind][1](rng, surface) for kind in kinds]
    for cover in covers:
        person = _make_room(person, labels, cover)
    pieces = [piece for cover in covers for piece in cover.pieces]
    person = _add(person, pieces, _paint(person.atlas, labels, pieces, rng))
    return person, [lens for cover in covers for lens in cover.lenses]


def _make_room(person: Person, labels: LabelTable, cover: Cover) -> Person:
    """The person with the hair and the ears as they lie under a cover."""
    texel = (person.texture[person.triangles].mean(1) * person.atlas.scale).astype(int)
    label = person.atlas.classes[texel[:, 1], texel[:, 0]]

    def points_of(*names: str) -> np.ndarray:
        """Which vertices, (N,) bool, belong to triangles of some classes, apart from the head itself."""
        found = np.zeros(len(person.vertices), bool)
        found[person.triangles[np.isin(label, [labels.id_of(name) for name in names])]] = True
        return found & ~person.is_head

    gives = points_of(*PRESSED)
    if cover.press is not None:
        vertices = person.vertices.copy()
        vertices[gives] = cover.press(vertices[gives])
        normals = person.normals.copy()
        normals[gives] = vertex_normals(vertices, person.triangles)[gives]
        person = replace(person, vertices=vertices, normals=normals)
    if cover.hides_hair:
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
    """Paint each material once into the atlas's strip; how far down and how high its patch is, centimetres."""
    patches: dict[Material, tuple[float, float]] = {}
    down = sheet.STRIPS["covers"]
    for material in dict.fromkeys(piece.material for piece in pieces):
        patches[material] = (down, material.height)
        rows = slice(round(down * atlas.scale), round((down + material.height) * atlas.scale))
        columns = slice(0, round(material.width * atlas.scale))
        atlas.classes[rows, columns] = labels.id_of(material.label)
        colors = atlas.colors[rows, columns]
        colors[:] = paint(material, colors.shape[:2], atlas.scale, rng)
        down += material.height
    assert down <= sheet.HEIGHT, f"the covers' materials take {down} cm of the atlas"
    return patches


def _add(person: Person, pieces: list[Piece], patches: dict[Material, tuple[float, float]]) -> Person:
    """The person with pieces among its meshes; they cast shadows."""
    vertices, normals, texture, triangles = [person.vertices], [person.normals], [person.texture], [person.triangles]
    follow, jaw = [person.follows_head], [person.is_head]
    margin = 1.5 / person.atlas.scale
    count = len(person.vertices)
    for piece in pieces:
        rows, columns = piece.points.shape[:2]
        top, height = patches[piece.material]
        height -= JAW_REACH * piece.jaw  # a texture moves with the jaw
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

"""A data set of rendered faces with all that is known of them. A picture depends on the settings and its number."""

import csv
import json
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml

from face_parsing.compute.parallel import parallel_map
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.core.outputs import atomic_file
from face_parsing.core.texts import read_json, read_text
from face_parsing.ground_truth.attributes import Row, attributes
from face_parsing.ground_truth.geometry import depth_map, normal_map, write_depth, write_normals, write_png
from face_parsing.ground_truth.landmarks import landmarks
from face_parsing.ground_truth.layouts import Files, Layout, coco_annotations, files, write_davis_splits
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.motion.flow_files import write_flow
from face_parsing.synthetic.camera.surface import flow_between
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.script import draw_script
from face_parsing.synthetic.video import mouth_gap, render_surfaces

QUALITY = 95
SETTINGS, TABLE, ROWS, LABELS, COCO = "render.json", "attributes.csv", ".rows", "labels.yaml", "annotations.json"
SPLIT = "train"  # of the renderer's seeds


@dataclass(frozen=True)
class RenderSettings:
    """What the pictures of a data set depend on.

    Attributes:
        width, height: The size in pixels.
        seed: The random seed.
        views: The number of pictures of each person, who moves from one to the next.
        domain_randomization: Share of the people with each kind of domain randomization.
        layout: Where the files lie.
        landmarks, depth, normals, flow: Whether they are written too.
    """

    width: int
    height: int
    seed: int
    views: int
    domain_randomization: float
    layout: Layout
    landmarks: bool
    depth: bool
    normals: bool
    flow: bool

    @property
    def synthetic(self) -> Synthetic:
        """The renderer's parameters: of a photograph's troubles, no wrong labels."""
        return Synthetic(
            seed=self.seed,
            small_faces=0.15,
            smallest_face=0.08,
            partial_faces=0.1,
            fast_turns=0.2,
            label_errors=0.0,
            bad_frames=0.1,
        )

    @property
    def clips(self) -> RenderedClips:
        """The renderer's clips, one of each person."""
        shares = dict.fromkeys(DomainRandomization.model_fields, self.domain_randomization)
        each = PerSplit(train=self.views, val=self.views, test=self.views)
        return RenderedClips(
            count=each,
            frames=each,
            width=self.width,
            height=self.height,
            domain_randomization=DomainRandomization(**shares),
        )


def write_set(folder: Path, count: int, settings: RenderSettings, labels: LabelTable) -> list[Row]:
    """Render people into a folder; those that an earlier run with the same settings has rendered stay.

    Args:
        folder: The data set's folder.
        count: The number of people.
        settings: What the pictures depend on.
        labels: The label table.

    Returns:
        The rows of attributes.csv.

    Raises:
        PipelineError: The folder holds something else, or pictures of other settings.
    """
    _claim(folder, settings)
    (folder / LABELS).write_text(_table(labels), encoding="utf-8")
    people = [person for person in range(count) if not _rows_of(folder, person).is_file()]
    for _ in parallel_map(partial(write_person, folder, settings, labels), people, "rendering"):
        pass
    rows: list[Row] = []
    for person in range(count):
        rows += read_json(_rows_of(folder, person), "what `face-parsing render` wrote")
    with atomic_file(folder / TABLE) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    if settings.layout == "davis":
        write_davis_splits(folder, count)
    if settings.layout == "coco":
        contents = coco_annotations(folder, rows, labels, read_landmarks if settings.landmarks else None)
        with atomic_file(folder / COCO) as path:
            path.write_text(json.dumps(contents), encoding="utf-8")
    return rows


def write_person(folder: Path, settings: RenderSettings, labels: LabelTable, person: int) -> None:
    """Write all views of a person, and their rows last."""
    script = draw_script(settings.synthetic, settings.clips, SPLIT, person)
    rows: list[Row] = []
    surfaces = []
    for view, (image, label_map, surface) in enumerate(render_surfaces(script, labels)):
        place = Files(*(folder / path for path in files(settings.layout, (person, view))))
        if place.image.suffix == ".jpg":
            write_jpeg(place.image, image, QUALITY)
        else:
            write_png(place.image, image)
        write_label_map(place.mask, label_map, labels)
        if settings.landmarks:
            gap = mouth_gap(script.identity, script.motion, view)
            points, visible = landmarks(script.identity, float(script.motion.eyes[view]), gap, surface)
            write_landmarks(place.landmarks, points, visible)
        if settings.depth:
            write_depth(place.depth, depth_map(surface))
        if settings.normals:
            write_normals(place.normals, normal_map(surface))
        name = place.image.relative_to(folder).as_posix()
        row = attributes(script, view, image, label_map, surface, labels)
        rows.append({"file": name, "person": person, "view": view, **row})
        surfaces.append(surface)
    if settings.flow:
        for view, (first, second) in enumerate(pairwise(surfaces)):
            write_flow(folder / files(settings.layout, (person, view)).flow, *flow_between(first, second))
    path = _rows_of(folder, person)
    path.parent.mkdir(exist_ok=True)
    with atomic_file(path) as partial_file:
        partial_file.write_text(json.dumps(rows), encoding="utf-8")


def write_landmarks(path: Path, points: np.ndarray, visible: np.ndarray) -> None:
    """Write landmarks (68, 2) in pixels and whether each is visible (68,) as a CSV file with a row a landmark."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{x:.3f},{y:.3f},{int(seen)}\n" for (x, y), seen in zip(points, visible, strict=True)]
    path.write_text("".join(["x,y,visible\n", *lines]), encoding="utf-8")


def read_landmarks(path: Path) -> np.ndarray:
    """Read landmarks, (68, 3) float64: x, y, and 1 if it is visible."""
    lines = read_text(path, "landmarks of `face-parsing render`").splitlines()[1:]
    return np.array([[float(value) for value in line.split(",")] for line in lines])


def _table(labels: LabelTable) -> str:
    """The text of a label table's file."""
    entries = [
        {"id": label.id, "name": label.name, "color": list(label.color), "mirror": label.mirror}
        for label in labels.labels
    ]
    return yaml.safe_dump({"labels": entries}, sort_keys=False, default_flow_style=None)


def _rows_of(folder: Path, person: int) -> Path:
    return folder / ROWS / f"{person:06d}.json"


def _claim(folder: Path, settings: RenderSettings) -> None:
    """Write the settings into an empty folder, or check that they are those of the folder."""
    path = folder / SETTINGS
    if path.is_file():
        before = read_json(path, "what `face-parsing render` wrote")
        changed = [name for name, value in asdict(settings).items() if before.get(name) != value]
        if changed:
            raise PipelineError(
                f"{folder}: rendered with {changed[0]} {before.get(changed[0])}; expected another --output, "
                "or the same settings, with which a run resumes"
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PipelineError(f"{folder}: exists and holds no rendered data set; expected another --output")
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as partial_file:
        partial_file.write_text(f"{json.dumps(asdict(settings), indent=2)}\n", encoding="utf-8")

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.motion.flow_files import read_flow
from face_parsing.synthetic.camera.surface import Pinhole, Surface, flow_between
from face_parsing.synthetic.clip_files import write_clip
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.rendering.mesh import grid_triangles
from face_parsing.synthetic.rendering.raster import rasterize
from face_parsing.synthetic.script import draw_script
from face_parsing.synthetic.video import render, render_surfaces

LABELS = read_labels(Path("configs/labels.yaml"))
SHAPE = (60, 90)


def sheets(*corners: tuple[float, float, float, float, float], two_sided: bool = True) -> Surface:
    """A frame that shows flat sheets of 5 x 5 vertices: x, y, width, height, and how near each is."""
    columns, rows = np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 5))
    points, triangles = [], []
    for number, (x, y, width, height, near) in enumerate(corners):
        points.append(np.stack([x + columns * width, y + rows * height, np.full((5, 5), near)], -1).reshape(-1, 3))
        triangles.append(grid_triangles(5, 5) + 25 * number)
    vertices, faces = np.concatenate(points), np.concatenate(triangles)
    sides = np.full(len(faces), two_sided)
    hits, rest = rasterize(vertices, faces, sides, SHAPE[1], SHAPE[0]), np.zeros((len(vertices), 3))
    camera = Pinhole(100.0, (0.0, 0.0), 60.0)
    return Surface(hits, vertices, faces, sides, SHAPE, rest, rest[:, :2], rest[:, :2], 0.1, rest[:, 0] > 0, camera)


def test_a_sheet_that_moves_is_followed_wherever_it_is_in_the_frame():
    flow, valid = flow_between(sheets((10, 10, 20, 30, 0)), sheets((25.25, 8.75, 20, 30, 0)))
    # The pixels nearest to where the last row and the first column go lie beside the sheet.
    assert valid.sum() == 30 * 20 and valid[10:40, 11:31].all()
    np.testing.assert_allclose(flow[valid], [(15.25, -1.25)] * valid.sum(), atol=1e-4)
    assert not flow[~valid].any()
    _, valid = flow_between(sheets((10, 10, 20, 30, 0)), sheets((80, 10, 20, 30, 0)))
    assert valid[10:41, 10:20].all() and valid.sum() == 31 * 10


def test_a_sheet_that_grows_takes_its_points_along():
    flow, valid = flow_between(sheets((10, 10, 20, 20, 0)), sheets((10, 10, 40, 20, 0)))
    x = np.nonzero(valid)[1]
    np.testing.assert_allclose(flow[valid][:, 0], x - 10, atol=1e-4)


def test_what_another_sheet_hides_is_not_seen_again():
    one = sheets((10, 10, 30, 30, 0), (50, 0, 20, 60, 3))
    flow, valid = flow_between(one, sheets((40, 10, 30, 30, 0), (50, 0, 20, 60, 3)))
    seen_again = np.array([valid[20, x] for x in range(10, 41)])
    assert seen_again.tolist() == [not 50 <= x + 30 <= 70 for x in range(10, 41)]
    assert valid[:, 50:71].all()
    np.testing.assert_allclose(flow[:, 50:71], 0, atol=1e-4)


def test_a_back_is_no_front():
    turned = (40, 10, -30, 30, 0)
    for two_sided in (True, False):
        front = sheets((10, 10, 30, 30, 0), two_sided=two_sided)
        assert flow_between(front, sheets(turned, two_sided=two_sided))[1].any() == two_sided


def rendered(occluders: float, index: int, split: str = "test") -> tuple[Synthetic, RenderedClips]:
    shares = dict.fromkeys(("small_faces", "partial_faces", "fast_turns", "label_errors", "bad_frames"), 0.0)
    domain_randomization = DomainRandomization(
        people=1.0, occluders=occluders, lights=0.0, scenery=0.0, camera=0.0, framing=0.0
    )
    count = frames = PerSplit(train=4, val=4, test=4)
    # Of a smaller face a strand of hair or a rim of glasses is thinner than a pixel: its neighbour lies 2 mm behind.
    size = RenderedClips(count=count, frames=frames, width=400, height=280, domain_randomization=domain_randomization)
    return Synthetic(seed=5, smallest_face=0.08, **shares), size


@pytest.mark.parametrize("occluders", [0.0, 1.0])
@pytest.mark.parametrize("index", range(3))
def test_a_point_of_a_rendered_face_keeps_its_class_and_its_place_on_the_sheet(occluders, index):
    frames = list(render_surfaces(draw_script(*rendered(occluders, index), "test", index), LABELS))
    same = total = 0
    for (_, before, first), (_, after, second) in pairwise(frames):
        flow, valid = flow_between(first, second)
        assert valid[before > 0].mean() > 0.8  # nearly all of a slow face is seen again
        y, x = np.nonzero(valid)
        to_x, to_y = (np.stack([x, y], 1) + np.rint(flow[valid])).astype(int).T
        same += (before[y, x] == after[to_y, to_x]).sum()
        total += len(y)
    assert same > 0.98 * total  # the rest lies along boundaries, half a pixel off, and on moving lids and lips


def test_the_frames_are_those_that_are_rendered_without():
    script = draw_script(*rendered(1.0, 0), "test", 0)
    for (image, label_map, _), (plain, plain_map) in zip(
        render_surfaces(script, LABELS), render(script, LABELS), strict=True
    ):
        np.testing.assert_array_equal(image, plain)
        np.testing.assert_array_equal(label_map, plain_map)


@pytest.mark.parametrize(("split", "written"), [("train", 0), ("val", 3), ("test", 3)])
def test_val_and_test_clips_have_a_flow_file_for_every_frame_but_the_last(split, written, tmp_path):
    synthetic, clips = rendered(0.0, 0)
    write_clip(synthetic, clips, LABELS, tmp_path, (split, 0))
    paths = sorted((tmp_path / "Flow").rglob("*.png"))
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"Flow/{split}_000/{i:05d}.png" for i in range(written)
    ]
    surfaces = [surface for _, _, surface in render_surfaces(draw_script(synthetic, clips, split, 0), LABELS)]
    for path, (first, second) in zip(paths, pairwise(surfaces), strict=False):
        flow, valid = read_flow(path)
        expected, where = flow_between(first, second)
        np.testing.assert_array_equal(valid, where)
        np.testing.assert_allclose(flow, expected, atol=1 / 128)

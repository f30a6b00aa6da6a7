import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.synthetic.rendering.mesh import ellipsoid_points, grid_mesh
from face_parsing.synthetic.rendering.raster import rasterize

WIDTH, HEIGHT = 23, 17


def by_brute_force(points: np.ndarray, triangles: np.ndarray, two_sided: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's nearest depth, and whether it lies so near to an edge that rounding decides."""
    depth, close = np.full((HEIGHT, WIDTH), -np.inf), np.zeros((HEIGHT, WIDTH), bool)
    for triangle, both in zip(triangles, two_sided, strict=True):
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = points[triangle].astype(np.float64)
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area > 0 and not both:
            continue
        for y in range(HEIGHT):
            for x in range(WIDTH):
                a = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
                b = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
                inside = min(a, b, 1 - a - b)
                close[y, x] |= abs(inside) < 1e-4
                if inside >= 0:
                    depth[y, x] = max(depth[y, x], a * az + b * bz + (1 - a - b) * cz)
    return depth, close


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_every_pixel_shows_the_nearest_triangle_over_it(seed, count):
    rng = np.random.default_rng(seed)
    points = rng.uniform((-8, -8, -5), (WIDTH + 8, HEIGHT + 8, 5), (3 * count, 3)).astype(np.float32)
    triangles, two_sided = np.arange(3 * count).reshape(-1, 3), rng.random(count) < 0.5
    hits = rasterize(points, triangles, two_sided, WIDTH, HEIGHT)
    depth = np.full(HEIGHT * WIDTH, -np.inf)
    depth[hits.pixel] = hits.depth
    expected, close = by_brute_force(points, triangles, two_sided)
    np.testing.assert_allclose(depth.reshape(HEIGHT, WIDTH)[~close], expected[~close], atol=1e-3)


def test_the_weights_of_a_pixel_give_back_its_place():
    points = np.array([[1, 1, 0], [3, 15, 4], [20, 6, -2]], np.float32)
    hits = rasterize(points, np.array([[0, 1, 2]]), np.array([False]), WIDTH, HEIGHT)
    row, column = np.divmod(hits.pixel, WIDTH)
    np.testing.assert_allclose(hits.weights @ points, np.stack([column, row, hits.depth], 1), atol=1e-4)


def test_a_closed_surface_has_no_holes_and_hides_its_back():
    points = ellipsoid_points(np.array([11.0, 8.0, 0.0]), np.array([9.0, 7.0, 5.0]), 25, 41)
    sphere = grid_mesh(points * (1, -1, 1) + (0, 16, 0), points[..., :2])  # rows of the image run down
    hits = rasterize(sphere.vertices, sphere.triangles, np.zeros(len(sphere.triangles), bool), WIDTH, HEIGHT)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    inside = ((x - 11) / 9) ** 2 + ((y - 8) / 7) ** 2
    seen = np.zeros(HEIGHT * WIDTH, bool)
    seen[hits.pixel] = True
    assert seen[(inside < 0.95).ravel()].all()
    assert not seen[(inside > 1.0).ravel()].any()
    assert hits.depth.min() >= -0.2

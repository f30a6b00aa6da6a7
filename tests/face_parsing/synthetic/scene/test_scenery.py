import numpy as np
import pytest

from face_parsing.synthetic.scene import scenery, surfaces
from face_parsing.synthetic.scene.background import draw_background
from face_parsing.synthetic.scene.scenery import draw_scenery

CLUTTER = draw_background(np.random.default_rng(0), 160, 90)


def drawn(seed: int) -> np.ndarray:
    return draw_scenery(np.random.default_rng(seed), CLUTTER)


def test_a_scene_is_that_of_its_seed_and_leaves_the_clutter_alone():
    before = CLUTTER.copy()
    for seed in range(12):
        first, second = drawn(seed), drawn(seed)
        np.testing.assert_array_equal(first, second)
        assert (first.shape, first.dtype) == (CLUTTER.shape, np.uint8)
    np.testing.assert_array_equal(CLUTTER, before)


def test_scenes_differ_in_light_in_colour_and_in_detail():
    scenes = [drawn(seed).astype(float) for seed in range(40)]
    grey = np.array([scene.mean() for scene in scenes])
    color = np.array([np.ptp(scene, axis=-1).mean() for scene in scenes])
    detail = np.array([np.abs(np.diff(scene, axis=1)).mean() for scene in scenes])
    for values, ratio in ((grey, 2), (color, 3), (detail, 2)):
        low, high = np.quantile(values, [0.1, 0.9])
        assert high > ratio * low


@pytest.mark.parametrize(
    "kind",
    ["plaster", "gravel", "bricks", "facade", "shelves", "poster", "graffiti", "foliage", "heavens", "water"],
)
@pytest.mark.parametrize("shape", [(40, 60), (113, 200)])
def test_each_surface_fills_its_shape(kind, shape):
    for seed in range(4):
        surface = getattr(surfaces, kind)(np.random.default_rng(seed), shape)
        assert (surface.shape, surface.dtype) == ((*shape, 3), np.uint8)


def test_a_surface_covers_its_quadrilateral_and_nothing_else():
    image = np.zeros((100, 200, 3), np.uint8)
    scenery._paste(
        image, surfaces.filled((20, 20), np.full(3, 200)), [(0.25, 0.2), (0.75, 0.2), (0.75, 0.6), (0.25, 0.6)]
    )
    assert (image[22:58, 52:148] == 200).all()
    image[20:61, 50:151] = 0
    assert not image.any()

from dataclasses import replace

import numpy as np
import pytest

from face_parsing.synthetic.rendering.shading import Light
from face_parsing.synthetic.scene.lights import Lighting, draw_lighting, expose_scene, exposed, radiance

NONE = np.zeros(3)
SUN = Light(np.array([0.0, 1.0, 0.0]), np.array([0.4, 0.5, 0.6]), np.full(3, 0.2), np.full(3, 0.1))
NEON = Light(np.array([0.6, 0.0, 0.8]), np.array([0.9, 0.1, 0.3]), NONE, NONE, casts=False)


def seen(lighting: Lighting, normals: np.ndarray, soft: float = 0.0, casters: np.ndarray | None = None) -> np.ndarray:
    """The radiance of grey matter with the given normals at the origin, by default far from all that throws shadows."""
    count = len(normals)
    points = np.zeros((count, 3), np.float32)
    casters = np.array([[90.0, 0, 90]], np.float32) if casters is None else casters
    gloss, soft_values = np.full(count, 0.2, np.float32), np.full(count, soft, np.float32)
    grey = np.full((count, 3), 0.5, np.float32)
    return radiance(grey, normals.astype(np.float32), points, casters, gloss, soft_values, lighting)


def normals(count: int = 50) -> np.ndarray:
    values = np.random.default_rng(0).standard_normal((count, 3))
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def plate() -> np.ndarray:
    x, z = np.meshgrid(*2 * [np.arange(-9, 9.15, 0.3)])
    return np.stack([x.ravel(), np.full(x.size, 7.0), z.ravel()], 1).astype(np.float32)


def test_the_light_of_two_lamps_adds_up():
    one, other, both = (seen(Lighting(lamps), normals()) for lamps in ((SUN,), (NEON,), (SUN, NEON)))
    np.testing.assert_allclose(both, one + other, rtol=1e-5, atol=1e-6)
    assert other.max() > 0.1


def test_exposure_is_a_factor_until_white():
    light = np.array([[0.1, 0.4, 3.0]], np.float32)
    np.testing.assert_allclose(exposed(light, Lighting((SUN,), exposure=2.0)), [[0.2, 0.8, 1.0]], rtol=1e-6)


def test_film_nears_white_slowly_and_leaves_the_shadows():
    light = np.array([[0.05, 1.0, 40.0]], np.float32)
    np.testing.assert_allclose(exposed(light, Lighting((SUN,), film=True)), [[0.05, 2**-0.25, 1.0]], rtol=1e-4)


def test_red_light_wraps_farther_around_skin():
    beyond = np.array([[1.0, -0.1, 0.0]])
    dark = replace(SUN, color=np.ones(3), sky=NONE, ground=NONE)
    even = seen(Lighting((dark,)), beyond, soft=0.35)[0]
    blue, green, red = seen(Lighting((replace(dark, scatter=np.array([0.4, 0.7, 1.7])),)), beyond, soft=0.35)[0]
    assert even[0] == even[1] == even[2]
    assert blue < green < even[1] < red


def test_what_hangs_above_keeps_off_ambient_light():
    up = np.array([[0.0, 1.0, 0.0]])
    ambient = replace(SUN, color=NONE)
    free, covered = (seen(Lighting((ambient,), occlusion=0.5), up, casters=c)[0] for c in (None, plate()))
    np.testing.assert_allclose(free, 0.5 * 0.2, rtol=1e-5)
    np.testing.assert_allclose(covered, free / 2, rtol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_pattern_dims_the_first_lamp_alone(share):
    pattern = np.full((64, 64), share, np.float32)
    lamp = replace(SUN, sky=NONE, ground=NONE)
    first, second, both = (
        seen(lighting, normals())
        for lighting in (Lighting((lamp,)), Lighting((NEON,)), Lighting((lamp, NEON), pattern=pattern))
    )
    np.testing.assert_allclose(both, share * first + second, rtol=1e-4, atol=1e-6)


def test_half_the_light_on_a_scene_halves_its_radiance():
    image = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, -1)
    dimmed = expose_scene(image, Lighting((SUN,), scene=np.full(3, 0.5)))
    np.testing.assert_allclose(dimmed, 255 * (0.5 * (image / 255) ** 2.2) ** (1 / 2.2), atol=0.51)
    assert expose_scene(image, Lighting((SUN,))) is image


def test_drawn_lightings_are_those_of_their_seed_and_range_from_dark_to_light():
    def face(seed: int) -> np.ndarray:
        lighting = draw_lighting(np.random.default_rng(seed))
        return exposed(seen(lighting, np.array([[0.0, 0.0, 1.0]]), soft=0.3), lighting)[0]

    faces = np.array([face(seed) for seed in range(80)])
    np.testing.assert_array_equal(faces, [face(seed) for seed in range(80)])
    assert faces.min() > 0.01
    assert np.quantile(faces, 0.1) < 0.12 < 0.4 < np.quantile(faces, 0.9)

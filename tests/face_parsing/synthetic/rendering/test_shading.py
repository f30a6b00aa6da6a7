import numpy as np
import pytest

from face_parsing.synthetic.rendering.shading import Light, shade, shadow

ABOVE = Light(np.array([0.0, 1.0, 0.0]), np.ones(3), np.zeros(3), np.zeros(3))


def plate(height: float, half: float = 5.0) -> np.ndarray:
    """A square horizontal plate of vertices, 0.3 cm apart."""
    x, z = np.meshgrid(*2 * [np.arange(-half, half + 0.15, 0.3)])
    return np.stack([x.ravel(), np.full(x.size, height), z.ravel()], 1).astype(np.float32)


def test_light_is_kept_from_below_a_plate_and_from_nowhere_else():
    places = np.array([[0, -10, 0], [0, -60, 0], [8, -10, 0], [8, -60, 0], [0, 0, 0], [0, 5, 0]], np.float32)
    np.testing.assert_allclose(shadow(places, plate(0.0), ABOVE), [0, 0, 1, 1, 1, 1], atol=1e-6)


def test_a_shadows_edge_is_soft_and_has_no_steps_along_it():
    across = np.linspace(0, 10, 400, dtype=np.float32)
    line = np.stack([across, np.full_like(across, -10), np.zeros_like(across)], 1)
    lit = shadow(line, plate(0.0), ABOVE)
    assert lit[0] == 0 and lit[-1] == 1
    assert np.abs(np.diff(lit)).max() < 0.1
    along = np.stack([np.full_like(across, 5.0), np.full_like(across, -10), across - 4], 1)[across < 8]
    assert np.ptp(shadow(along, plate(0.0), ABOVE)) < 0.05


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.0, 1.4])
def test_hard_matter_in_full_light_follows_lamberts_law(angle):
    normal = np.array([[np.sin(angle), np.cos(angle), 0.0]], np.float32)
    zero, one = np.zeros(1, np.float32), np.ones(1, np.float32)
    radiance = shade(np.full((1, 3), 0.5, np.float32), normal, one, zero, zero, ABOVE)
    np.testing.assert_allclose(radiance, 0.5 * np.cos(angle), rtol=1e-5)

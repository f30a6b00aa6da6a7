from dataclasses import replace

import cv2
import numpy as np

from face_parsing.synthetic.camera.development import Look, develop, draw_look

PLAIN = Look(
    colors=np.eye(3, dtype=np.float32),
    tones=np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, -1),
    veil=None,
    vignette=None,
    fringe=0.0,
    blur=0.0,
    shake=None,
    noise=0.0,
    grain=0.0,
    colored=False,
    halo=0.0,
    scale=1.0,
    quality=None,
)
NOISE = np.random.default_rng(1).integers(0, 256, (48, 80, 3), np.uint8)
PICTURE = cv2.GaussianBlur(NOISE, (0, 0), 2)


def developed(image: np.ndarray, seed: int = 0, **steps) -> np.ndarray:
    return develop(np.random.default_rng(seed), image, replace(PLAIN, **steps))


def test_a_look_without_steps_leaves_the_picture():
    np.testing.assert_array_equal(developed(PICTURE), PICTURE)


def test_noise_is_new_in_each_frame_and_strongest_in_the_shadows():
    rng = np.random.default_rng(0)
    dark, bright = (np.full((120, 160, 3), level, np.uint8) for level in (60, 200))
    look = replace(PLAIN, noise=8.0)
    first, second = develop(rng, dark, look), develop(rng, dark, look)
    assert (first != second).mean() > 0.5
    np.testing.assert_allclose(first.std(), 8 * (1.15 - 0.7 * 60 / 255), rtol=0.05)
    assert first.std() > 1.3 * develop(rng, bright, look).std()


def test_a_vignette_darkens_as_it_says_and_a_veil_lifts_the_black():
    white = np.full((10, 10, 3), 255, np.uint8)
    vignette = np.full_like(white, 100)
    assert (developed(white, vignette=vignette) == 100).all()
    assert (developed(np.zeros_like(white), veil=np.full_like(white, 20)) == 20).all()


def test_a_fringe_parts_red_from_blue_away_from_the_middle():
    image = np.zeros((101, 401, 3), np.uint8)
    image[:, [200, 380]] = 255
    weights = np.arange(401)[:, None]
    half = developed(image, fringe=0.02)[50].astype(float)
    for part, shift in ((slice(190, 211), 0.0), (slice(360, 401), 2 * 0.02 * 180)):
        blue, _, red = (half[part] * weights[part]).sum(0) / half[part].sum(0)
        np.testing.assert_allclose(red - blue, shift, atol=0.2)


def test_sharpening_and_compression_change_the_picture_by_their_strength():
    def change(**steps) -> float:
        return float(np.abs(developed(PICTURE, **steps).astype(int) - PICTURE).mean())

    assert 0 < change(halo=0.3) < change(halo=1.5)
    assert 0 < change(quality=90) < change(quality=25)
    assert developed(PICTURE, scale=2.0).shape == PICTURE.shape


def test_drawn_looks_are_those_of_their_seed_and_keep_the_picture_legible():
    def frame(seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return develop(rng, PICTURE, draw_look(rng, 80, 48))

    contrast = cv2.cvtColor(PICTURE, cv2.COLOR_BGR2GRAY).std()
    for seed in range(30):
        first = frame(seed)
        np.testing.assert_array_equal(first, frame(seed))
        assert cv2.cvtColor(first, cv2.COLOR_BGR2GRAY).std() > 0.35 * contrast

import numpy as np

from face_parsing.faces.tracks import Face
from face_parsing.media.overlay import COLOURS, OPACITY, overlay


def test_classes_are_mixed_in_and_the_background_stays():
    image = np.full((20, 20, 3), 100, np.uint8)
    label_map = np.zeros((20, 20), np.uint8)
    label_map[5:15, 5:15] = 3
    palette = np.zeros((256, 3), np.uint8)
    palette[3] = (200, 0, 50)  # RGB
    drawn = overlay(image, label_map, palette, [])
    assert drawn[0, 0].tolist() == [100, 100, 100]
    expected = (1 - OPACITY) * 100 + OPACITY * np.array([50, 0, 200])
    assert np.abs(drawn[10, 10] - expected).max() <= 1
    assert (image == 100).all()


def test_a_box_is_drawn_in_the_colour_of_its_source():
    image = np.zeros((20, 20, 3), np.uint8)
    for source, colour in COLOURS.items():
        drawn = overlay(
            image, np.zeros((20, 20), np.uint8), np.zeros((256, 3), np.uint8), [Face((2, 3, 12, 15), 1, source)]
        )
        assert drawn[3, 2].tolist() == drawn[14, 11].tolist() == list(colour)
        assert drawn[8, 8].tolist() == [0, 0, 0]

from pathlib import Path

import cv2
import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.inspection.contact_sheet import COLUMNS, SIDE, TILES, ContactSheet
from face_parsing.inspection.labelled_data import Sample

LABELS = read_labels(Path("configs/labels.yaml").resolve())


@pytest.mark.parametrize("count", [1, 3, TILES, TILES + 1, 100, 1000])
def test_a_contact_sheet_has_pictures_from_beginning_to_end_within_a_megabyte(count):
    rng = np.random.default_rng(0)
    sheet = ContactSheet(LABELS)
    noise = rng.integers(0, 256, (60, 80, 3), np.uint8)
    for number in range(count):
        image = np.full_like(noise, number * 255 // count) if number else noise
        sheet.add(number, Sample("train", str(number), "a", image, np.zeros((60, 80), np.uint8)), suspect=False)
    drawn = sheet.drawn()
    assert drawn.shape[1] > SIDE * min(count, COLUMNS)
    assert len(sheet.tiles) >= min(count, TILES)
    assert len(cv2.imencode(".jpg", drawn)[1]) < 10**6

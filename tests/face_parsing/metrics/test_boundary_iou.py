import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.metrics.boundary_iou import band_width, boundary_iou
from tests.face_parsing.metrics.test_scoring import CLASSES, draw_label_map


def mask_to_boundary(mask: np.ndarray, dilation_ratio: float = 0.02) -> np.ndarray:
    """As boundary_iou_api has it: erosions by 3 x 3 pixels, one a pixel of width, of a mask framed by zeros."""
    height, width = mask.shape
    dilation = max(round(dilation_ratio * np.sqrt(height**2 + width**2)), 1)
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(framed, np.ones((3, 3), np.uint8), iterations=dilation)
    return mask - eroded[1 : height + 1, 1 : width + 1]


def reference(truth: np.ndarray, prediction: np.ndarray) -> float:
    theirs, ours = mask_to_boundary(truth.astype(np.uint8)), mask_to_boundary(prediction.astype(np.uint8))
    union = ((theirs + ours) > 0).sum()
    return 1.0 if union == 0 else ((theirs * ours) > 0).sum() / union


@settings(max_examples=120)
@given(st.tuples(st.integers(1, 150), st.integers(1, 150)), st.integers(0, 2**32 - 1))
def test_every_class_is_as_the_reference_implementation_says(shape, seed):
    rng = np.random.default_rng(seed)
    truth, prediction = draw_label_map(rng, shape), draw_label_map(rng, shape)
    found = boundary_iou(truth, prediction, band_width(shape))
    for i in CLASSES:
        assert found[i] == pytest.approx(reference(truth == i, prediction == i), abs=1e-12)


def test_of_two_squares_the_bands_alone_count():
    truth, prediction = np.zeros((2, 60, 80), np.uint8)  # the diagonal is 100, the band 2 pixels wide
    truth[10:50, 10:50] = 5
    prediction[10:50, 12:52] = 5
    band = 40**2 - 36**2
    # The bands share the left and the right edge not at all, the upper and the lower one but for four columns each,
    # and there are the corners, where one's side runs into the other's edge.
    shared = 2 * 2 * 38
    assert boundary_iou(truth, prediction, 2)[5] == pytest.approx(shared / (2 * band - shared))

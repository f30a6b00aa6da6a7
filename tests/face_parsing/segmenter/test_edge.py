import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from face_parsing.segmenter.edge import EdgeHead, boundary_map


def brute_force(label_map: np.ndarray, width: int) -> np.ndarray:
    height, breadth = label_map.shape
    result = np.zeros_like(label_map)
    for y in range(height):
        for x in range(breadth):
            if label_map[y, x] == 255:
                result[y, x] = 255
                continue
            window = label_map[max(0, y - width) : y + width + 1, max(0, x - width) : x + width + 1]
            result[y, x] = len({int(v) for v in window.ravel()} - {255}) > 1
    return result


shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(shapes.flatmap(lambda s: arrays(np.uint8, s, elements=st.sampled_from([0, 1, 3, 17, 255]))), st.integers(1, 3))
def test_boundary_map_is_its_definition(label_map, width):
    result = boundary_map(torch.from_numpy(label_map.astype(np.int64))[None], width)
    np.testing.assert_array_equal(result[0].numpy(), brute_force(label_map, width))


def test_ignored_pixels_make_no_boundary():
    label_map = torch.full((1, 6, 6), 4)
    label_map[:, 2:4] = 255
    assert (boundary_map(label_map, 1)[label_map == 4] == 0).all()


@pytest.mark.parametrize("size", [16, 17])
def test_edge_head_reads_all_resolutions(size):
    head = EdgeHead([4, 8], 12, norm_cfg=dict(type="BN"))
    features = [torch.rand(2, 4, size, size), torch.rand(2, 8, size // 2, size // 2)]
    feature, logits = head(features)
    assert feature.shape == (2, 12, size, size)
    assert logits.shape == (2, 1, size, size)
    features[1].requires_grad_()
    feature = head(features)[0]
    feature.square().sum().backward()
    assert features[1].grad.abs().sum() > 0

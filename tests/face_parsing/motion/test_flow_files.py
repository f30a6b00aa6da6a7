from pathlib import Path

import cv2
import mmcv
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_parsing.core.errors import PipelineError
from face_parsing.motion.flow_files import read_flow, write_flow


@pytest.fixture
def flow() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.uniform(-500, 500, (30, 50, 2)).astype(np.float32), rng.random((30, 50)) < 0.4


def test_mmcv_reads_what_is_written_as_kittis_sparse_flow(flow, tmp_path):
    write_flow(tmp_path / "a/0.png", *flow)
    found, valid = mmcv.sparse_flow_from_bytes((tmp_path / "a/0.png").read_bytes())
    np.testing.assert_array_equal(valid > 0, flow[1])
    np.testing.assert_allclose(found[flow[1]], flow[0][flow[1]], atol=1 / 128)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_flow_comes_back_to_a_128th_of_a_pixel_and_is_0_where_there_is_none(tmp_path_factory, seed, height, width):
    rng = np.random.default_rng(seed)
    flow, valid = rng.uniform(-511, 511, (height, width, 2)).astype(np.float32), rng.random((height, width)) < 0.5
    path = tmp_path_factory.mktemp("flow") / "0.png"
    write_flow(path, flow, valid)
    found, where = read_flow(path)
    np.testing.assert_array_equal(where, valid)
    np.testing.assert_allclose(found, np.where(valid[..., None], flow, 0), atol=1 / 128)


def write_8_bits(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((4, 4, 3), np.uint8))


def write_grey(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((4, 4), np.uint16))


def write_half(path: Path) -> None:
    write_flow(path, np.ones((64, 64, 2), np.float32), np.random.default_rng(0).random((64, 64)) < 0.5)
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize("write", [write_8_bits, write_grey, write_half, lambda path: path.write_bytes(b"no picture")])
def test_a_file_that_is_no_flow_is_told_in_a_line(write, tmp_path):
    path = tmp_path / "0.png"
    write(path)
    with pytest.raises(PipelineError, match=r"0\.png: .*expected optical flow, a 16-bit colour PNG"):
        read_flow(path)

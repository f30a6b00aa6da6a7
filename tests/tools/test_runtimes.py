import sys

import cv2
import numpy as np
import pytest

from face_parsing.core.errors import PipelineError
from tools import runtimes

pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")


def test_candidates_are_compared_in_their_order_above_the_threshold():
    agreement = runtimes.Agreement()
    expected = np.array([[0, 0, 10, 10, 0.9], [5, 5, 8, 8, 0.5], [1, 1, 2, 2, 0.3001]])
    agreement.add_candidates(expected + [0.02, 0, 0, 0, 1e-5], expected, 0.3)
    assert (agreement.images, agreement.others) == (1, 0)
    assert agreement.box == pytest.approx(0.02) and agreement.score == pytest.approx(1e-5)
    agreement.add_candidates(expected[::-1], expected, 0.0)
    assert agreement.box == 8 and agreement.others == 0
    agreement.add_candidates(expected[:1], expected, 0.3)
    assert agreement.others == 1


@pytest.mark.integration
def test_the_bundled_models_agree_on_pictures_of_odd_sizes(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    for number, shape in enumerate([(97, 61), (40, 130), (64, 64)]):
        cv2.imwrite(str(tmp_path / f"{number}.png"), rng.integers(0, 256, (*shape, 3), np.uint8))
    monkeypatch.setattr(sys, "argv", ["runtimes", str(tmp_path)])
    runtimes.main()
    header, rule, *rows = capsys.readouterr().out.splitlines()
    assert (header, rule) == ("| compared | |", "|---|---|")
    shown = dict(row.strip("| ").split(" | ") for row in rows)
    assert (shown["images"], shown["images with another number of candidates"]) == ("3", "0")
    assert float(shown["pixels with the same class"].removesuffix("%")) > 99.9
    (tmp_path / "none").mkdir()
    with pytest.raises(PipelineError, match="none: no images; expected images or folders of images"):
        runtimes.files([tmp_path / "none"])

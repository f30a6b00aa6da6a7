"""FaceParser on one image and on a video, as a user of the library calls it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from face_parsing import FaceParser, Result
from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels
from face_parsing.geometry.squares import Square
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.parsing.compositing import probability_map
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip
from tests.face_parsing.media.video_files import write_video

pytestmark = pytest.mark.integration
pytest.importorskip("onnxruntime", reason="the versions for Python 3.10 have no DeformConv")

LABELS = read_labels(Path("configs/labels.yaml").resolve())
ONCE = PerSplit(train=1, val=1, test=4)
PLAIN = DomainRandomization(people=0.0, occluders=0.0, lights=0.0, scenery=0.0, camera=0.0, framing=0.0)
SIZE = RenderedClips(count=ONCE, frames=ONCE, width=256, height=192, domain_randomization=PLAIN)
EASY = Synthetic(
    seed=3, small_faces=0.0, smallest_face=0.5, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0
)


@pytest.fixture(scope="module")
def parser() -> FaceParser:
    return FaceParser()


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    return [image for image, _ in render_clip(EASY, SIZE, LABELS, "test", 0)]


def test_the_bundled_models_run_by_onnxruntime(parser):
    assert parser.runtime == "onnx" and parser.files


def test_a_file_a_pil_image_and_an_array_of_either_order_give_the_same(parser, frames, tmp_path):
    cv2.imwrite(str(tmp_path / "face.png"), frames[0])
    rgb = np.ascontiguousarray(frames[0][..., ::-1])
    results = [
        parser(tmp_path / "face.png"),
        parser(str(tmp_path / "face.png")),
        parser(Image.fromarray(rgb)),
        parser(rgb, color="rgb"),
        parser(frames[0], color="bgr"),
    ]
    assert [result.name for result in results] == ["face", "face", "image", "image", "image"]
    for result in results:
        assert isinstance(result, Result) and result.faces == results[0].faces
        np.testing.assert_array_equal(result.label_map, results[0].label_map)
        np.testing.assert_array_equal(result.image, frames[0])


def test_a_pil_image_is_turned_upright_and_loses_its_alpha(parser, frames):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.rot90(frames[0][..., ::-1]).copy()).convert("RGBA")
    turned.info["exif"] = exif.tobytes()
    turned.getexif()[0x0112] = 6
    np.testing.assert_array_equal(parser(turned).image, frames[0])


@pytest.mark.parametrize(
    ("image", "color", "message"),
    [
        (np.zeros((9, 9, 3), np.uint8), None, "color None; expected the order of the array's colours, bgr or rgb"),
        (np.zeros((9, 9, 3), np.uint8), "rbg", "color 'rbg'; expected"),
        (np.zeros((9, 9), np.uint8), "rgb", r"image of shape \(9, 9\), uint8; expected \(H, W, 3\), uint8"),
        (np.zeros((9, 9, 3), np.float32), "rgb", "float32; expected"),
        (np.zeros((0, 9, 3), np.uint8), "rgb", "expected"),
    ],
)
def test_an_array_of_another_kind_is_an_error_that_says_what_is_expected(parser, image, color, message):
    with pytest.raises(ValueError, match=message):
        parser(image, color=color)


def test_masks_are_the_label_map_and_soft_ones_sum_to_one_and_agree_with_it(parser, frames):
    result = parser(frames[0], color="bgr")
    assert result.class_names == LABELS.names and len(result.faces) == 1
    masks = np.stack([result.mask(name) for name in result.class_names])
    np.testing.assert_array_equal(masks.argmax(axis=0), result.label_map)
    soft = np.stack([result.mask(name, soft=True) for name in result.class_names])
    assert soft.dtype == np.float32 and soft.min() >= 0 and soft.max() <= 1
    np.testing.assert_allclose(soft.sum(axis=0), 1, atol=1e-4)
    assert (soft.argmax(axis=0) == result.label_map).mean() > 0.97  # GrabCut moves some boundaries
    with pytest.raises(PipelineError, match="no class moustache"):
        result.mask("moustache")


def test_a_result_is_saved_and_drawn(parser, frames, tmp_path):
    result = parser(frames[0], color="bgr")
    label_map, overlay = result.save(tmp_path / "parsed")
    assert (label_map.name, overlay.name) == ("image.png", "image_overlay.jpg") and overlay.is_file()
    np.testing.assert_array_equal(read_label_map(label_map), result.label_map)
    drawn = np.asarray(result.overlay())
    assert drawn.shape == frames[0].shape and (drawn[..., ::-1] != frames[0]).any()


def test_the_frames_of_a_video_are_tracked_and_come_in_order(parser, frames, tmp_path):
    write_video(tmp_path / "clip.mp4", frames)
    results = list(parser.video(tmp_path / "clip.mp4"))
    assert [result.name for result in results] == ["00000", "00001", "00002", "00003"]
    assert all(len(result.faces) == 1 and result.label_map.any() for result in results)
    with pytest.raises(PipelineError, match="missing"):
        list(parser.video(tmp_path / "none.mp4"))


def test_where_two_faces_overlap_a_part_is_as_probable_as_in_the_surer_one():
    first, second = np.zeros((3, 4, 4), np.float32), np.zeros((3, 4, 4), np.float32)
    first[:2], second[0], second[2] = 0.5, 0.2, 0.8
    faces = [(Square(0, 0, 4), first), (Square(2, 2, 4), second)]
    hair, background = (probability_map((6, 8), faces, label) for label in (2, 0))
    assert hair[1, 1] == 0 and hair[3, 3] == np.float32(0.8) and hair[0, 7] == 0
    assert background[1, 1] == 0.5 and background[3, 3] == np.float32(0.2) and background[0, 7] == 1

"""A clip parsed in order, by a network that is easily told what to believe."""

from pathlib import Path

import numpy as np
import pytest
import torch

from face_parsing.clips.face_table import Face
from face_parsing.core.labels import read_labels
from face_parsing.geometry.squares import Crop
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, SegmenterUse
from face_parsing.variants.mask_propagation.following import Follower, follow, gated, warped
from face_parsing.variants.mask_propagation.network import gate_masks, warp_masks

LABELS = read_labels(Path("configs/labels.yaml"))
SKIN, HAIR = 1, 14
SIDE = 32
PLACE = Face((8.0, 8.0, 40.0, 40.0), 0.9, "detected")


class Believer:
    """A network that calls bright pixels skin and dark ones background, and believes a mask more than its eyes."""

    guided = True

    def __init__(self, gated: bool):
        self.gated = gated

    def __call__(self, images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        logits = np.zeros((len(images), len(LABELS), *images.shape[1:3]), np.float32)
        logits[:, 0] = 6.0
        logits[:, SKIN] = images.mean(axis=-1) / 20
        red = (images[..., 2] > 200) & (images[..., 0] < 100)
        logits[:, HAIR] = 30.0 * red
        return logits if masks is None else logits + 40 * masks


def segmenter(gated: bool, flip: bool = False, probabilities: bool = False) -> Segmenter:
    size = SegmenterInput(batch_size=2, crop_size=SIDE, logit_adjustment=0.0)
    views = SegmenterTest(scales=[1.0], flip=flip, resize="logits")
    return Segmenter(Believer(gated), LABELS, SegmenterUse(Crop(margin=0.0, pad_value=114), size, views, probabilities))


def frame(colour: tuple[int, int, int] = (250, 250, 250)) -> np.ndarray:
    """A square face in the middle of a place, (64, 96, 3)."""
    image = np.zeros((64, 96, 3), np.uint8)
    image[14:34, 14:34] = colour
    return image


RED = (50, 50, 255)


def parse(by: Segmenter, images: list[np.ndarray], faces: list[list[Face]] | None = None) -> list[np.ndarray]:
    followed = follow([by], images, faces or [[PLACE]] * len(images))
    return [prediction.label_map for _, (prediction,) in followed]


@pytest.mark.parametrize("flip", [False, True])
def test_the_first_frame_is_what_the_segmenter_makes_of_it_alone(flip):
    by = segmenter(gated=False, flip=flip)
    (alone,) = by([frame()], [[PLACE]])
    assert np.array_equal(parse(by, [frame()])[0], alone.label_map)
    assert (alone.label_map == SKIN).sum() == 400


def test_fed_without_a_gate_one_bad_frame_spoils_those_after_it():
    label_maps = parse(segmenter(gated=False), [frame(), frame(RED), frame(), frame(), frame()])
    assert (label_maps[1][16:32, 16:32] == SKIN).all()  # the mask outdoes the eyes
    spoilt = parse(segmenter(gated=False), [frame(RED), frame(), frame(), frame()])
    assert all((label_map[16:32, 16:32] == HAIR).all() for label_map in spoilt)


def test_behind_the_gate_the_frames_after_a_bad_one_are_as_if_it_had_not_been():
    clip = [frame(), frame(RED), frame(), frame()]
    alone = [segmenter(gated=True)([image], [[PLACE]])[0].label_map for image in clip]
    for found, expected in zip(parse(segmenter(gated=True), clip), alone, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert (alone[1] == HAIR).sum() == 400


def test_a_face_that_was_not_there_before_has_no_mask():
    elsewhere = Face((60.0, 8.0, 92.0, 40.0), 0.9, "detected")
    image = np.zeros((64, 96, 3), np.uint8)
    image[14:34, 66:86] = 250
    label_maps = parse(segmenter(gated=False), [frame(RED), image], [[PLACE], [elsewhere]])
    assert (label_maps[1][14:34, 66:86] == SKIN).all()


def test_each_face_is_guided_by_itself_whatever_the_order():
    other = Face((56.0, 8.0, 88.0, 40.0), 0.8, "detected")
    before, now = frame(RED), frame()
    before[14:34, 62:82] = now[14:34, 62:82] = 250
    label_map = parse(segmenter(gated=False), [before, now], [[PLACE, other], [other, PLACE]])[1]
    assert (label_map[14:34, 14:34] == HAIR).all()
    assert (label_map[14:34, 62:82] == SKIN).all()


def test_a_mask_moves_with_what_it_is_of():
    noise = np.random.default_rng(0).integers(0, 100, (64, 96, 3), np.uint8)
    before, now = noise.copy(), np.roll(noise, 4, axis=1)
    before[14:34, 14:30], now[14:34, 18:34] = RED, RED
    before[20:26, 18:24], now[20:26, 22:28] = (250, 250, 250), (250, 250, 250)
    label_map = parse(segmenter(gated=False), [before, now])[1]
    assert (label_map[21:25, 23:27] == SKIN).mean() > 0.9
    assert (label_map[15:19, 20:32] == HAIR).mean() > 0.9


def test_clips_do_not_know_of_each_other():
    by = segmenter(gated=False)
    parse(by, [frame(RED)])
    assert (parse(by, [frame()])[0] == SKIN).sum() == 400
    assert Follower(by).before == []


def test_probabilities_come_in_steps_where_they_are_asked_for():
    soft = segmenter(gated=False, probabilities=True)
    for _, (prediction,) in follow([soft], [frame(), frame()], [[PLACE]] * 2):
        ((_, steps),) = prediction.scores
        np.testing.assert_array_equal(steps, np.rint(steps))
        assert steps.max() > 200


def test_masks_are_warped_and_gated_as_in_the_training():
    rng = np.random.default_rng(0)
    masks, alone = (rng.dirichlet(np.ones(5), (1, 24, 20)).transpose(0, 3, 1, 2).astype(np.float32) for _ in range(2))
    alone[:, :, :10] = masks[:, :, :10]  # where the gate opens
    flow = rng.normal(0, 3, (48, 40, 2)).astype(np.float32)
    expected = warp_masks(torch.from_numpy(masks), torch.from_numpy(flow.transpose(2, 0, 1))[None]).numpy()
    # OpenCV's coordinates are multiples of 1 / 32 of a pixel.
    assert np.abs(warped(masks[0], flow) - expected[0]).mean() < 0.01
    found, expected = gated(masks, alone), gate_masks(torch.from_numpy(masks), torch.from_numpy(alone)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.any() and (found == 0).any()

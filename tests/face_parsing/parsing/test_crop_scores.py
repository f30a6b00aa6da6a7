import numpy as np
import pytest
import torch
import torch.nn.functional as F

from face_parsing.geometry.squares import cut, square
from face_parsing.parsing.compositing import composite
from face_parsing.parsing.crop_scores import crop_scores


class Segmentor:
    """A network by torch's operators, which normalises nothing."""

    guided = gated = False

    def __call__(self, images: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        assert images.dtype == np.uint8
        inputs = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float()
        return self.forward(inputs if masks is None else torch.from_numpy(masks.copy())).numpy()


class Bright(Segmentor):
    """Calls bright pixels class 1, at a quarter of its input's side."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        value = F.avg_pool2d(inputs.mean(1, keepdim=True), 4)
        return torch.cat([torch.full_like(value, 100.0), value], dim=1) / 50


class Guided(Segmentor):
    """Has the masks beside its images for logits."""

    guided = True

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs


class Sides(Segmentor):
    """Calls bright pixels class 1 in the left half of its input and class 2 in the right half."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        value = inputs.mean(1)
        left = torch.arange(value.shape[-1]) < value.shape[-1] / 2
        return torch.stack([torch.full_like(value, 100.0), value * left, value * ~left], dim=1) / 50


def random_crop(side: int = 64) -> np.ndarray:
    return np.random.default_rng(side).integers(0, 256, (side, side, 3), np.uint8)


def logits_of(model: Segmentor, crop: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(model(crop[None]))[0]


def test_crops_of_different_sizes_go_together_and_give_the_networks_logits():
    crops = [random_crop(side) for side in (7, 32, 301)]
    scores = crop_scores(Bright(), crops, size=32)
    assert (scores.shape, scores.dtype) == ((3, 2, 8, 8), np.float32)
    np.testing.assert_array_equal(scores[1], logits_of(Bright(), crops[1]).numpy())


def test_probabilities_are_the_softmax_of_the_logits():
    crop = random_crop(32)
    (scores,) = crop_scores(Bright(), [crop], size=32, probabilities=True)
    np.testing.assert_allclose(scores, logits_of(Bright(), crop).softmax(0).numpy(), rtol=1e-6)


def test_offsets_are_added_to_the_logits_before_any_averaging():
    crop = random_crop(32)
    logits = logits_of(Bright(), crop) + torch.tensor([1.0, -2.0])[:, None, None]
    for probabilities, expected in ((False, logits), (True, logits.softmax(0))):
        (scores,) = crop_scores(Bright(), [crop], size=32, probabilities=probabilities, offsets=[1.0, -2.0])
        np.testing.assert_allclose(scores, expected.numpy(), rtol=1e-5)


def test_flip_averaging_swaps_left_and_right_back():
    crop = random_crop()
    plain, flipped, unswapped = (
        crop_scores(Sides(), [crop], size=64, mirrored=mirrored, probabilities=True)[0]
        for mirrored in (None, [0, 2, 1], [0, 1, 2])
    )
    # This model is its own mirror image, so that the average changes nothing, if the classes are swapped back.
    np.testing.assert_allclose(flipped, plain, rtol=1e-6)
    assert np.abs(unswapped - plain).max() > 0.1


def test_scales_average_the_probabilities_at_the_first_ones_resolution():
    crop = random_crop(64)
    (scores,) = crop_scores(Bright(), [crop], size=64, scales=[1.0, 0.5])
    half = crop.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3)).round().astype(np.uint8)  # what INTER_AREA gives
    parts = [logits_of(Bright(), image).softmax(0)[None] for image in (crop, half)]
    parts[1] = F.interpolate(parts[1], parts[0].shape[2:], mode="bilinear")
    np.testing.assert_allclose(scores, torch.cat(parts).mean(0).numpy(), atol=0.01)


def test_masks_come_beside_the_images_at_their_size():
    mask = torch.rand(1, 3, 32, 32)
    (scores,) = crop_scores(Guided(), [random_crop()], size=64, masks=mask.numpy())
    expected = F.interpolate(mask, (64, 64), mode="bilinear")[0]
    np.testing.assert_allclose(scores, expected.numpy(), rtol=1e-5, atol=1e-6)


def test_the_mirror_image_comes_with_the_mirrored_mask_whose_classes_swap_sides():
    mask = torch.rand(1, 3, 64, 64)
    (scores,) = crop_scores(Guided(), [random_crop()], size=64, mirrored=[0, 2, 1], masks=mask.numpy())
    # This model is its own mirror image, as Sides is.
    np.testing.assert_allclose(scores, mask[0].softmax(0).numpy(), rtol=1e-5)


@pytest.mark.parametrize("scale", [0.01, 0.7, 1.3])
def test_scaled_inputs_are_multiples_of_the_networks_stride(scale):
    (scores,) = crop_scores(Bright(), [random_crop()], size=96, scales=[scale])
    assert scores.shape[1] * 4 % 32 == 0


def test_labels_lie_where_the_face_is_and_nowhere_else():
    image = np.zeros((60, 100, 3), np.uint8)
    image[20:40, 60:80] = 255
    place = square([60.0, 20.0, 80.0, 40.0], 0.2)
    found = composite(image.shape[:2], zip([place], crop_scores(Bright(), [cut(image, place, 114)], 64), strict=True))
    truth = image[..., 0] > 0
    assert (found[truth] == 1).mean() > 0.9
    assert (found == 1).sum() < 1.3 * truth.sum()

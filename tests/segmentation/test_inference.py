import numpy as np
import torch
import torch.nn.functional as F

from stages.segmentation.inference import crop_label_maps, frame_label_maps


class Bright(torch.nn.Module):
    """A segmentor that calls bright pixels class 1, at a quarter of its input's side."""

    align_corners = False

    def data_preprocessor(self, data: dict) -> dict:
        return {"inputs": torch.stack(data["inputs"]).float()}

    def forward(self, inputs: torch.Tensor, mode: str) -> torch.Tensor:
        value = F.avg_pool2d(inputs.mean(1, keepdim=True), 4)
        return torch.cat([torch.full_like(value, 100.0), value], dim=1)


def test_logits_are_upsampled_before_the_argmax():
    crop = np.random.default_rng(0).integers(0, 201, (48, 48, 3), np.uint8)
    (label_map,) = crop_label_maps(Bright(), [crop], size=48)
    logits = Bright()(torch.from_numpy(crop.transpose(2, 0, 1))[None].float(), mode="tensor")
    soft = F.interpolate(logits, (48, 48), mode="bilinear", align_corners=False).argmax(1)[0]
    hard = F.interpolate(logits.argmax(1, keepdim=True).float(), (48, 48))[0, 0]
    np.testing.assert_array_equal(label_map, soft)
    assert (label_map != hard.numpy()).any()


def test_crops_of_different_sizes_go_together():
    crops = [np.full((side, side, 3), 200, np.uint8) for side in (7, 64, 301)]
    assert [m.shape for m in crop_label_maps(Bright(), crops, size=32)] == [(7, 7), (64, 64), (301, 301)]


def test_labels_lie_where_the_face_is_and_nowhere_else():
    image = np.zeros((60, 100, 3), np.uint8)
    image[20:40, 60:80] = 255
    faces = [np.array([[60.0, 20.0, 80.0, 40.0]]), np.zeros((0, 4))]
    found, empty = frame_label_maps(Bright(), [image, image], faces, margin=0.2, pad_value=114, size=64)
    truth = image[..., 0] > 0
    assert (found[truth] == 1).mean() > 0.9
    assert (found == 1).sum() < 1.3 * truth.sum()
    assert not empty.any()

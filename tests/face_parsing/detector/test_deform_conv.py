"""The deformable convolution by grid_sample, against mmcv's operator."""

import pytest
import torch
from mmcv.ops import DeformConv2dPack

from face_parsing.detector.deform_conv import SampledDeformConv


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        (dict(in_channels=6, out_channels=8, kernel_size=3, padding=1), (4, 6, 6, 10)),
        (dict(in_channels=5, out_channels=7, kernel_size=3, stride=2, padding=1), (2, 5, 9, 13)),
        (dict(in_channels=4, out_channels=3, kernel_size=(3, 5), padding=(2, 4), dilation=2), (1, 4, 16, 12)),
    ],
)
def test_values_and_gradients_are_mmcvs(arguments, shape):
    torch.manual_seed(0)
    theirs, ours = DeformConv2dPack(**arguments), SampledDeformConv(**arguments)
    torch.nn.init.normal_(theirs.conv_offset.weight, std=0.3)
    torch.nn.init.normal_(theirs.conv_offset.bias, std=3)  # some taps lie outside the image
    ours.load_state_dict(theirs.state_dict())
    image, found = torch.randn(shape), []
    for layer in (theirs, ours):
        x = image.clone().requires_grad_()
        y = layer(x)
        (y * torch.arange(y.numel()).reshape(y.shape).sin()).sum().backward()
        found.append([y, x.grad, *(weights.grad for weights in layer.parameters())])
    for expected, own in zip(*found, strict=True):
        torch.testing.assert_close(own, expected, rtol=1e-4, atol=1e-4)


def test_groups_are_refused():
    with pytest.raises(ValueError, match="groups 2, deform_groups 1; expected 1 and 1"):
        SampledDeformConv(4, 4, 3, groups=2)

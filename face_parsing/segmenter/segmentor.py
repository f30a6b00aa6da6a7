"""The segmentor: a backbone, the coarse head and EANet's head."""

from mmseg.models.segmentors import CascadeEncoderDecoder
from mmseg.registry import MODELS
from mmseg.utils import add_prefix
from torch import Tensor


@MODELS.register_module()
class EANet(CascadeEncoderDecoder):
    """mmseg's two-stage cascade, whose heads also get the image for the dense layers.

    With ``num_stages=1`` it has the coarse head only, as in the training of the backbone.
    """

    guidance_channels = 0  # input channels after the image's three

    def extract_feat(self, inputs: Tensor) -> list[Tensor]:
        """The backbone's features of an image (N, 3, H, W), followed by the image itself."""
        return [*super().extract_feat(inputs), inputs]

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """The last head's logits (N, C, H, W) of an image (N, 3, H, W)."""
        if self.num_stages > 1:
            return super().encode_decode(inputs, batch_img_metas)
        # The base expects that another head precedes the last one.
        return self.decode_head[0].predict(self.extract_feat(inputs), batch_img_metas, self.test_cfg)

    def _decode_head_forward_train(self, inputs: list[Tensor], data_samples: list) -> dict[str, Tensor]:
        # The base would run the coarse head twice, once for its loss and once for its output.
        coarse, *final = self.decode_head
        logits = coarse.forward(inputs)
        losses = add_prefix(coarse.loss_by_feat(logits, data_samples), "aux")
        for head in final:
            losses.update(add_prefix(head.loss(inputs, logits, data_samples, self.train_cfg), "seg"))
        return losses

"""A Swin Transformer as the backbone (``seg.backbone``)."""

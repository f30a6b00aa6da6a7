"""A face's parts as instances: Mask R-CNN as a parser, one mask a part. Off by default (``seg.also``)."""

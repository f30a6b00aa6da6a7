"""Mask R-CNN as a parser: each part of a face is an instance (``seg.also``)."""

"""Panoptic FPN's head in the place of the coarse head (``seg.coarse_head``)."""

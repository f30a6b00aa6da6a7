"""The previous frame's mask as a further input (``seg.mask_propagation``)."""

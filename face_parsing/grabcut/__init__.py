"""Boundaries moved to the image's edges by GrabCut."""

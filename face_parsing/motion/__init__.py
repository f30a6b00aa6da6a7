"""Optical flow between two images, and its files. A package of its own, so that an edit of it retrains nothing."""

"""Boxes and squares around faces: overlap, cropping, pasting back, and matching between frames."""

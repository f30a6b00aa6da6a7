"""Rendered videos of faces: a head of meshes with painted parts, in front of clutter, through a poor camera."""

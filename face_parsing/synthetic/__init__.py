"""Rendered videos of faces: painted head meshes in front of clutter, filmed by an imperfect camera."""

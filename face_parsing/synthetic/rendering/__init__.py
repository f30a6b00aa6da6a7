"""Meshes, their rasterization, shading and noise."""

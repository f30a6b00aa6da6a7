"""Occluders: objects that people wear or hold in front of the face."""

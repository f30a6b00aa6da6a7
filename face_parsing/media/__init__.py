"""Reads a user's images, folders of images and videos; writes overlays and videos."""

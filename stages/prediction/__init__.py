"""The trained cascade put to use: on an image, a clip or a video."""

"""The face detector, an mmdet model: its config and its COCO files."""

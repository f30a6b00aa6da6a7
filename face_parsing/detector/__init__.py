"""The face detector, an mmdet model: its config completed by parameters."""

"""The face detector, an mmdet model: built from a config and parameters, trained, and asked for candidates."""

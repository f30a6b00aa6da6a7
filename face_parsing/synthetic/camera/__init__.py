"""The camera: lens, sensor, faults of bad frames, development, and the ground-truth optical flow."""

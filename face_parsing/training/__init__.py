"""Training with mmengine: a deterministic run, its curves through DVCLive, and its model file."""

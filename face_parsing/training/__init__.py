"""Training on mmengine: a deterministic run, its curves through DVCLive, and the model file it ends in."""

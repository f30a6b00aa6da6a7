"""The pipeline: each module here is one DVC stage, in the order of dvc.yaml."""

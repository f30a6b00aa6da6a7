"""Tables and images of the scores, for `dvc plots` and the report."""

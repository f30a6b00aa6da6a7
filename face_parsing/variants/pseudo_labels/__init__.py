"""Pseudo labels: the trained models' vote on unlabelled clips, and trainings that use it (``seg.pseudo``)."""

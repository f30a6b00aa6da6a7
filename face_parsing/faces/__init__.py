"""Faces in frames: boxes from masks, candidates, tracks, crops, and how well they are found."""

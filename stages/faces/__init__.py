"""Faces in frames: their boxes from masks, their tracks through a clip, their crops, and how well they are found."""

"""Provenance: the record of how a model was trained, in a file beside it."""

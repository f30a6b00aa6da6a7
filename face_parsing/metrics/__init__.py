"""Metrics of predictions: J, F and temporal decay as in DAVIS 2017, flicker, and their tables."""

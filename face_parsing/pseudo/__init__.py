"""Pseudo labels: clips without masks, the trained models' vote on them, and trainings that draw from both."""

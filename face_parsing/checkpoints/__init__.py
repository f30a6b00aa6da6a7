"""Model files: reading and writing them, initial weights, and provenance."""

"""Label maps brought closer to their images."""

"""Images and label maps: reading, writing, resizing."""

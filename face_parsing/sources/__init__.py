"""Where clips come from.

Each module but these is one source, and finds its frames below a folder: frame (what it finds), masks (how label maps
are read), splits (drawn where a source has none), intake (frames checked and brought into the clip layout), animation.
"""

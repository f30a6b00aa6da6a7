"""Importers of other people's datasets.

A source is one module, which finds its frames below a folder. Five modules are shared: ``frame`` (what a source
finds), ``masks`` (reads label maps), ``splits`` (draws splits), ``intake`` (checks and imports frames), ``animation``.
"""

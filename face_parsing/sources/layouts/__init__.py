"""The folders and files of each dataset.

A source is one module, which finds its frames below a folder. Three modules are shared: ``frame`` (what a source
finds), ``masks`` (reads label maps) and ``splits`` (draws splits).
"""

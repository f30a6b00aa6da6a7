"""Shared by all packages: errors, limits, text files, parameters, the label table, atomic outputs, project paths."""

"""Importers of other people's datasets: ``layouts`` finds and reads their files, ``intake`` checks and imports them."""

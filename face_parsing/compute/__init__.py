"""Parallel work per clip: batches, threads, processes and a Dask cluster."""

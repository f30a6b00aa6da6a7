"""The report: one HTML page with tables, plots and images, which needs no network."""

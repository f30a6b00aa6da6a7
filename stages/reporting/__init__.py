"""The report: one page that shows what the result is worth and where it fails."""

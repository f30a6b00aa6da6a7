"""What predictions are worth: J, F and decay as DAVIS 2017 has them, tables, pictures, and the report's page."""

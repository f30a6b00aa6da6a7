"""The page that `face-parsing demo` serves, and its server."""

"""Variants that the authors also tried. All are off by default; the default pipeline does not depend on them."""

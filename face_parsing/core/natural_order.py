"""The order of numbered file names: frame 2 comes before frame 10, with or without leading zeros."""

import re

DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[list[str | int], str]:
    """A key that sorts names by the numbers in them. Names that differ in leading zeros only are sorted as text.

    >>> sorted(["10.jpg", "9.jpg", "1.jpg"], key=natural_key)
    ['1.jpg', '9.jpg', '10.jpg']
    """
    # Text and numbers alternate, so two keys never compare one with the other.
    return [int(part) if number % 2 else part for number, part in enumerate(DIGITS.split(name))], name

"""The command line of a stage that DVC runs once for each item of a matrix: the item's name."""

import argparse
from collections.abc import Sequence


def item_argument(stage: str, description: str | None, choices: Sequence[str] | None = None) -> str:
    """The item that is named on the command line.

    Args:
        stage: The stage's name.
        description: The stage's description, for its help.
        choices: The items that exist; None for any.
    """
    parser = argparse.ArgumentParser(prog=f"python -m stages.{stage}", description=description)
    parser.add_argument("name", choices=choices)
    return parser.parse_args().name

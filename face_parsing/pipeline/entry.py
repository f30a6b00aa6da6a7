"""The entry point of a stage: a user's mistake ends in one line, not in a traceback."""

import sys
from collections.abc import Callable

from face_parsing.pipeline.hush import hush_frameworks


class UserError(Exception):
    """A mistake in parameters or data that the user can mend.

    The message is one line that names the file or key, what is wrong with it, and what was expected.
    """


def run(main: Callable[[], None]) -> None:
    """Run the ``main`` of a stage or command, without the frameworks' warnings.

    A :class:`UserError` is printed as one line, and the process exits with 1.
    """
    hush_frameworks()
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")

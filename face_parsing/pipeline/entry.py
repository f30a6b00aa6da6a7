"""The entry point of a stage: a user's mistake ends in one line, not in a traceback."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from face_parsing.pipeline.hush import hush_frameworks

DEBUG = "FACE_PARSING_DEBUG"  # in the environment: show where a fault arose too


class UserError(Exception):
    """A mistake in parameters or data that the user can mend.

    Args:
        lines: The message, mostly one line that names the file or key, what is wrong with it, and what was expected.
            What a terminal would not print, which comes out of a broken file or its name, is escaped in it.
    """

    def __init__(self, *lines: str):
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join("".join(map(_printed, line)) for line in self.args)


def _printed(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def run(main: Callable[[], None]) -> None:
    """Run the ``main`` of a stage or command, without the frameworks' warnings.

    A :class:`UserError`, or one of the system's, is printed as one line, and the process exits with 1. So it does,
    without a line, where nobody reads on what it prints.
    """
    hush_frameworks()
    try:
        main()
        sys.stdout.flush()
    except UserError as error:
        show_origin()
        sys.exit(f"error: {error}")
    except BrokenPipeError:
        # Python would fail once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a folder that may not be listed, say
        show_origin()
        sys.exit(f"error: {error}")


@contextmanager
def working_on(what: object) -> Iterator[None]:
    """Name what the block works on in every fault that it does not name by itself.

    Raises:
        UserError: an error of the block that is none, foreseen or not.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        lines = str(error).split("\n")
        said = next((line.strip() for line in lines if line.strip()), "")
        kind = type(error).__name__
        raise UserError(
            f"{what}: {kind}{': ' if said else ''}{said} (with --debug, or {DEBUG}=1, you see where)"
        ) from error


def show_origin() -> None:
    """Print the traceback of the error that is being handled, where that is asked for."""
    if os.environ.get(DEBUG):
        traceback.print_exc()

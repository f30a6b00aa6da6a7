"""The entry point of stages and commands: it reports a user's mistake in one line, without a traceback."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from face_parsing.core.framework_warnings import suppress_framework_warnings

DEBUG = "FACE_PARSING_DEBUG"  # environment variable: print tracebacks too


class PipelineError(Exception):
    """A mistake in parameters or data that the user can fix.

    Args:
        lines: The message. It is usually one line that names the file or key, what is wrong, and what was expected.
            Unprintable characters, which broken files and file names contain, are escaped.
    """

    def __init__(self, *lines: str):
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join("".join(map(_escaped, line)) for line in self.args)


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def run(main: Callable[[], None]) -> None:
    """Run the ``main`` of a stage or command, without the frameworks' warnings.

    A :class:`PipelineError` or ``OSError`` is printed as one line, and the process exits with 1. If the reader of
    stdout has closed the pipe, the process exits with 1 and prints nothing.
    """
    suppress_framework_warnings()
    try:
        main()
        sys.stdout.flush()
    except PipelineError as error:
        show_origin()
        sys.exit(f"error: {error}")
    except BrokenPipeError:
        # Otherwise Python fails again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # for example, a folder without read permission
        show_origin()
        sys.exit(f"error: {error}")


@contextmanager
def error_context(what: object) -> Iterator[None]:
    """Add what the block works on to the message of any error but a :class:`PipelineError`.

    Args:
        what: What the block works on, such as a file. It starts the message.

    Raises:
        PipelineError: the block raises an exception. A :class:`PipelineError` is raised unchanged.
    """
    try:
        yield
    except PipelineError:
        raise
    except Exception as error:
        lines = str(error).split("\n")
        message = next((line.strip() for line in lines if line.strip()), "")
        kind = type(error).__name__
        raise PipelineError(
            f"{what}: {kind}{': ' if message else ''}{message} (with --debug, or {DEBUG}=1, you see the traceback)"
        ) from error


def show_origin() -> None:
    """Print the traceback of the current exception if the environment variable DEBUG is set."""
    if os.environ.get(DEBUG):
        traceback.print_exc()

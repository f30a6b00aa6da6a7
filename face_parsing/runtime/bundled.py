"""The bundled models: trained ones in weights/ of the repository, exported ones there or in an installed package."""

import shlex
from pathlib import Path

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError

PACKAGE = Path(__file__).resolve().parents[1]
WEIGHTS = PACKAGE.parent / paths.WEIGHTS
INSTALLED = PACKAGE / "bundled"  # of a package without the repository


def bundled_project() -> Path:
    """The folder of the bundled models, laid out as a project: of trained and exported ones, or of exported ones alone.

    Raises:
        PipelineError: The folder is missing.
    """
    if (WEIGHTS / paths.PARAMETERS).is_file():
        return WEIGHTS
    if INSTALLED.is_dir():
        return INSTALLED
    raise PipelineError(
        f"{WEIGHTS}: no bundled models; expected a clone of the repository, or a project of your own "
        "(--project DIR, FaceParser(DIR))"
    )


def export_command(project: Path) -> str:
    """The command that exports a project's networks."""
    return "face-parsing export" if project == WEIGHTS else f"face-parsing export --project {shlex.quote(str(project))}"

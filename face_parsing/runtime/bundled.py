"""The bundled models: the folder weights/ beside the package, laid out as a project."""

import shlex
from pathlib import Path

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError

WEIGHTS = Path(__file__).resolve().parents[2] / paths.WEIGHTS


def bundled_project() -> Path:
    """The folder of the bundled models.

    Raises:
        PipelineError: The folder is missing, since the package was installed without the repository.
    """
    if not (WEIGHTS / paths.PARAMETERS).is_file():
        raise PipelineError(
            f"{WEIGHTS}: no bundled models; expected a clone of the repository, or a project of your own "
            "(--project DIR, FaceParser(DIR))"
        )
    return WEIGHTS


def export_command(project: Path) -> str:
    """The command that exports a project's networks."""
    return "face-parsing export" if project == WEIGHTS else f"face-parsing export --project {shlex.quote(str(project))}"

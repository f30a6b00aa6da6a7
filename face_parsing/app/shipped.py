"""The models in the box: the folder weights/ beside the package, laid out as a project is."""

import shlex
from pathlib import Path

from face_parsing.pipeline.entry import UserError

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"


def shipped_project() -> Path:
    """The folder of the models in the box.

    Raises:
        UserError: it is not there, since the package was installed without the repository.
    """
    if not (WEIGHTS / "params.yaml").is_file():
        raise UserError(
            f"{WEIGHTS}: no models in the box; expected a clone of the repository, or a project of your own "
            "(--project DIR, FaceParser(DIR))"
        )
    return WEIGHTS


def export_command(project: Path) -> str:
    """The command line that exports a project's networks."""
    return "face-parsing export" if project == WEIGHTS else f"face-parsing export --project {shlex.quote(str(project))}"

"""The files of a project that a FaceParser reads."""

from pathlib import Path
from typing import TYPE_CHECKING

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.core.model_names import MODEL_NAMES

if TYPE_CHECKING:
    from face_parsing.parameters import Tree


def weights_of(project: Path, parameters: "Tree") -> dict[str, Path]:
    """The model files of a project by network: the detector, and the segmentation models that it uses."""
    folder = Path(parameters.seg.weights)
    files = {"detector": paths.model_file("detector")} | {name: paths.model_file(name, folder) for name in MODEL_NAMES}
    return {name: project / file for name, file in files.items()}


def existing(path: Path) -> Path:
    """The path of a project's file.

    Raises:
        PipelineError: It does not exist.
    """
    if not path.is_file():
        raise PipelineError(f"{path}: missing; nothing is trained here yet: run `dvc repro` first")
    return path


def read_parameters(project: Path) -> "Tree":
    """A project's params.yaml.

    Raises:
        PipelineError: See :func:`face_parsing.core.parameters.read`.
    """
    # Imported here: an installation without the extra train can't read YAML.
    from face_parsing.core.parameters import read
    from face_parsing.parameters import Tree

    return read("", Tree, project / paths.PARAMETERS)

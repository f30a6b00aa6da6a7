"""The label table of a source: the one that is named, its own, or the default."""

from collections.abc import Sequence
from pathlib import Path

from face_parsing.core import paths
from face_parsing.core.errors import PipelineError
from face_parsing.sources.parameters import local_path, missing

SUFFIXES = (".yaml", ".yml")


def label_table(source: str, name: str | None, key: str, projects: Sequence[Path] = (Path(),)) -> Path:
    """The file of a source's label table.

    Args:
        source: The source. Without ``name`` its own table in configs/labels is taken, else configs/labels.yaml.
        name: A file, or the name of a table in configs/labels: text without a folder and without the suffix .yaml.
        key: What the user calls ``name``, for the message.
        projects: The folders whose configs are searched, in this order.

    Raises:
        PipelineError: there is no such table.
    """
    known = sorted({table.stem for project in projects for table in (project / paths.LABEL_TABLES).glob("*.yaml")})
    expected = f"one of {', '.join(known)}, or a label table's file"
    if name is not None and (Path(name).name != name or name.endswith(SUFFIXES)):
        file = local_path(name)
        if file.is_file():
            return file
        raise PipelineError(f"{key} is {name}; expected {expected}; {missing(file, 'file')}")
    own = paths.LABEL_TABLES / f"{source if name is None else name}.yaml"
    tables = [own, paths.DEFAULT_LABELS] if name is None else [own]
    for file in (project / table for table in tables for project in projects):
        if file.is_file():
            return file
    if name is None:
        return paths.DEFAULT_LABELS  # whose reader says that it is missing
    raise PipelineError(f"{key} is {name}; expected {expected}")

"""Check every parameter and the label table before any work starts, and pass the table on.

Later stages read data/labels.yaml, so that they run again when the table changes and not when its place does.
"""

import shutil
from difflib import get_close_matches
from pathlib import Path

from stages.clips.labels import LabelTable, read_labels
from stages.parameters.data import Data
from stages.parameters.reading import PARAMETERS as PARAMETERS_FILE
from stages.parameters.reading import read
from stages.parameters.tree import Tree
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_file

LABELS = Path("data/labels.yaml")
DEFAULT_TABLE = Path("configs/labels.yaml")
TABLES = Path("configs/labels")  # of the sources with other classes, and the user's own


def main() -> None:
    """Read params.yaml and the label table that it names, check them and how they fit, write data/labels.yaml."""
    parameters = read("", Tree)
    table = table_of(parameters.data)
    labels = read_labels(table)
    tables = [path for path in (DEFAULT_TABLE, *sorted(TABLES.glob("*.yaml"))) if path.is_file()]
    known = {name for path in tables for name in read_labels(path).names}
    check_together(parameters, table, labels, known)
    with whole_file(LABELS) as path:
        shutil.copyfile(table, path)
    print(f"{PARAMETERS_FILE} is sound; {len(labels)} classes of {table} in {LABELS}")


def table_of(data: Data) -> Path:
    """The label table's file: the one that is named, or the source's own, or the default."""
    if data.labels is not None:
        return Path(data.labels)
    own = TABLES / f"{data.source}.yaml"
    return own if own.is_file() else DEFAULT_TABLE


def check_together(parameters: Tree, table: Path, labels: LabelTable, known: set[str]) -> None:
    """Check what no key tells by itself.

    Args:
        parameters: The whole tree.
        table: The label table's file.
        labels: Its contents.
        known: The classes of any table; one that only another table has may be named, for parameters suit many sources.

    Raises:
        UserError: a class id is left out (the networks predict 0 to n - 1), a folder or checkpoint that is named does
            not exist, processes can't share a training's batch evenly, a class that is named is in no table
            or none is left to make a face, or a vote counts twice.
    """
    if labels.ids != list(range(len(labels))):
        raise UserError(f"{table}: ids {labels.ids}; expected 0 to {len(labels) - 1}, none left out")
    root = parameters.data.root
    if parameters.data.source != "synthetic" and (root is None or not Path(root).is_dir()):
        raise _fault("data.root", root or "null", "the folder that holds the source's clips")
    for key, section in {"det": parameters.det, "seg": parameters.seg}.items():
        checkpoint = section.pretrained
        if checkpoint is not None and "://" not in checkpoint and not Path(checkpoint).is_file():
            raise _fault(f"{key}.pretrained", checkpoint, "null, a URL, or a checkpoint that exists")
    seg = parameters.seg
    trainings = {"det.train": parameters.det.train, "seg.pretrain": seg.pretrain, "seg.train": seg.train}
    for key, training in trainings.items():
        if training.batch_size % parameters.train.gpus:
            raise _fault(f"{key}.batch_size", training.batch_size, "a multiple of train.gpus")
    names = [label.name for label in labels.parts]
    named = {"boxes.exclude": parameters.boxes.exclude, "grabcut.classes": parameters.grabcut.classes}
    for key, given in named.items():
        for name in given:
            if name not in names and name not in known:
                likely = get_close_matches(name, names, n=1) or names
                raise _fault(key, name, f"classes of {table}, such as {', '.join(likely)}")
    if set(names) <= set(parameters.boxes.exclude):
        raise _fault("boxes.exclude", "every class", "at least one class left to make a face's box")
    members = parameters.ensemble.members
    if len(set(members)) < len(members):
        raise _fault("ensemble.members", ", ".join(members), "each member once")


def _fault(key: str, given: object, expected: str) -> UserError:
    return UserError(f"{PARAMETERS_FILE}: {key} is {given}; expected {expected}")


if __name__ == "__main__":
    run(main)

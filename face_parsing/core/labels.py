"""The label table: the only place that defines classes."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_yaml

IGNORE_INDEX = 255
EXPECTED = "labels: [{id, name, color, mirror}]"


@dataclass(frozen=True)
class Label:
    """One class.

    Attributes:
        id: The class's value in annotations.
        name: The class's name.
        color: RGB color, each channel 0 to 255.
        mirror: Name of the class that it becomes when an image is flipped horizontally; None if it stays the same.
    """

    id: int
    name: str
    color: tuple[int, int, int]
    mirror: str | None = None


@dataclass(frozen=True)
class LabelTable:
    """All classes, ordered by id; id 0 is the background."""

    labels: tuple[Label, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def ids(self) -> list[int]:
        """The classes' ids, ascending."""
        return [label.id for label in self.labels]

    @property
    def names(self) -> list[str]:
        """The classes' names, in the order of their ids."""
        return [label.name for label in self.labels]

    @property
    def parts(self) -> list[Label]:
        """Every class but the background."""
        return [label for label in self.labels if label.id != 0]

    def id_of(self, name: str) -> int:
        """The id of the class called ``name``.

        Raises:
            PipelineError: the table has no such class.
        """
        ids = {label.name: label.id for label in self.labels}
        if name not in ids:
            raise PipelineError(f"the label table has no class {name}; expected one of {', '.join(ids)}")
        return ids[name]

    @cached_property
    def palette(self) -> np.ndarray:
        """Colors by id, (256, 3) uint8 RGB. Ids without a class are black; the ignore index is white."""
        palette = np.zeros((256, 3), np.uint8)
        for label in self.labels:
            palette[label.id] = label.color
        palette[IGNORE_INDEX] = 255
        return palette

    @cached_property
    def mirrored(self) -> np.ndarray:
        """A (256,) uint8 lookup table that swaps the ids of mirror partners: ``mirrored[label_map]``."""
        table = np.arange(256, dtype=np.uint8)
        for label in self.labels:
            if label.mirror is not None:
                table[label.id] = self.id_of(label.mirror)
        return table

    @property
    def mirror_pairs(self) -> list[tuple[int, int]]:
        """Pairs of ids of mirror partners. Each pair occurs once, the lower id first."""
        return [(i, int(self.mirrored[i])) for i in self.ids if i < self.mirrored[i]]


def read_labels(path: Path) -> LabelTable:
    """Read and check a label table.

    Args:
        path: A YAML file with a list ``labels`` of ``{id, name, color: [r, g, b], mirror: name}`` (mirror is optional).

    Raises:
        PipelineError: the file is missing or not such a table, ids or names repeat, an id is outside 0 to 254, the
            background 0 is missing, or mirror partners do not name each other.
    """
    table = read_yaml(path, EXPECTED)
    try:
        labels = tuple(_label(entry) for entry in table["labels"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        message = " ".join(str(error).split())
        raise PipelineError(f"{path}: not a label table ({message}); expected {EXPECTED}") from None
    _check(path, labels)
    return LabelTable(tuple(sorted(labels, key=lambda label: label.id)))


def _label(entry: dict[str, Any]) -> Label:
    red, green, blue = (int(value) for value in entry["color"])
    return Label(int(entry["id"]), str(entry["name"]), (red, green, blue), entry.get("mirror"))


def _check(path: Path, labels: tuple[Label, ...]) -> None:
    ids = [label.id for label in labels]
    partners = {label.name: label.mirror for label in labels}
    if len(set(ids)) < len(ids) or len(partners) < len(labels):
        raise PipelineError(f"{path}: an id or a name is repeated; expected unique ids and names")
    if 0 not in ids or not all(0 <= i < IGNORE_INDEX for i in ids):
        raise PipelineError(
            f"{path}: ids {sorted(ids)}; expected 0 (the background) and others up to {IGNORE_INDEX - 1}"
        )
    for label in labels:
        if len(label.color) != 3 or not all(0 <= c <= 255 for c in label.color):
            raise PipelineError(
                f"{path}: {label.name} has color {list(label.color)}; expected three values from 0 to 255"
            )
        if label.mirror is not None and partners.get(label.mirror) != label.name:
            raise PipelineError(
                f"{path}: {label.name} has the mirror {label.mirror}; "
                f"expected that {label.mirror} has the mirror {label.name}"
            )

"""Left and right in masks, compared with a model's prediction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import LabelTable
from face_parsing.metrics.region import confusion_matrix
from face_parsing.sources.sides import left_right_pairs, side_and_part

# Names that other label tables give to a part, without the side.
PARTS = {
    "eye": "eye",
    "eyebrow": "eyebrow",
    "brow": "eyebrow",
    "eb": "eyebrow",
    "eyeshadow": "eyeshadow",
    "ear": "ear",
}
EAR = "ear"
# Fewer pixels that both mask and model give a side say nothing: on rendered clips they caused all false alarms.
LEAST_PIXELS = 16
# Above this share of swapped masks, the label table's names are swapped rather than the masks.
NEARLY_ALL = 0.9
LEAST_MASKS = 4  # for such a conclusion

COLUMNS = ["clip", "frame", "right", "swapped"]


class SidedPart(NamedTuple):
    """A part with two sides, by its ids (left, right) in the masks and in the model's prediction."""

    part: str
    mask_ids: tuple[int, int]
    model_ids: tuple[int, int]


def sided_parts(masks: LabelTable, model: LabelTable, table: object) -> list[SidedPart]:
    """The parts whose left and right both label tables have, matched by name.

    >>> from pathlib import Path
    >>> from face_parsing.core.labels import read_labels
    >>> ours, celeb = (read_labels(Path(f"configs/labels{name}.yaml")) for name in ("", "/celebamask_hq"))
    >>> sided_parts(celeb, ours, "configs/labels/celebamask_hq.yaml")[0]
    SidedPart(part='eye', mask_ids=(4, 5), model_ids=(4, 5))

    Args:
        masks: The label table of the masks.
        model: The label table of the model.
        table: File of ``masks``, for the message.

    Raises:
        PipelineError: There is no such part.
    """
    by_model = _by_part(model)
    parts = [SidedPart(part, ids, by_model[part]) for part, ids in _by_part(masks).items() if part in by_model]
    if not parts:
        left, right = (model.labels[i].name for i in next(iter(by_model.values()), (0, 0)))
        raise PipelineError(
            f"{table}: no mirror partners that the model knows by name; expected classes such as {left} and {right}, "
            "each the mirror of the other"
        )
    return parts


def _by_part(labels: LabelTable) -> dict[str, tuple[int, int]]:
    """The ids (left, right) of the mirror partners whose names have a known part and opposite sides, by part."""
    part_of = {label.id: PARTS.get(side_and_part(label.name)[1]) for label in labels.labels}
    pairs = ((part_of[left], part_of[right], (left, right)) for left, right in left_right_pairs(labels))
    return {part: pair for part, other, pair in pairs if part is not None and part == other}


def agreement(mask: np.ndarray, label_map: np.ndarray, parts: Sequence[SidedPart]) -> tuple[int, int]:
    """Count the mask's left and right pixels by predicted side.

    Eyes and eyebrows count. Ears count only where fewer than LEAST_PIXELS pixels of the others do: public masks have
    single exchanged ears beside eyes that are right.

    Args:
        mask: The annotation, (H, W) uint8; it may be wrong.
        label_map: The prediction, (H, W) uint8 ids of the model's label table.
        parts: Parts with two sides.

    Returns:
        Number of pixels predicted on the mask's side, and on the other side. Both are 0 for a mask about which nothing
        can be said, since fewer than LEAST_PIXELS count.
    """
    confusion = confusion_matrix(mask, label_map)
    ears = [part for part in parts if part.part == EAR]
    others = [part for part in parts if part.part != EAR]
    for chosen in (others, ears):
        right, swapped = _counts(confusion, chosen)
        if right + swapped >= LEAST_PIXELS:
            return right, swapped
    return 0, 0


def _counts(confusion: np.ndarray, parts: Iterable[SidedPart]) -> tuple[int, int]:
    right = swapped = 0
    for _, (left_id, right_id), (model_left, model_right) in parts:
        right += int(confusion[left_id, model_left] + confusion[right_id, model_right])
        swapped += int(confusion[left_id, model_right] + confusion[right_id, model_left])
    return right, swapped


@dataclass(frozen=True)
class Verdict:
    """What the comparison says about some masks.

    Attributes:
        masks: A row for each mask: clip, frame, and the two numbers of :func:`agreement` as ``right`` and ``swapped``.
    """

    masks: pd.DataFrame

    @property
    def suspects(self) -> pd.DataFrame:
        """The masks with more ``swapped`` than ``right`` pixels, the highest ``share`` of swapped pixels first."""
        suspects = self.masks[self.masks["swapped"] > self.masks["right"]]
        suspects = suspects.assign(share=(suspects["swapped"] / (suspects["right"] + suspects["swapped"])).round(3))
        return suspects.sort_values(["share", "swapped"], ascending=False, kind="stable")

    @property
    def undecided(self) -> int:
        """Number of masks about which nothing can be said."""
        return int((self.masks["right"] + self.masks["swapped"] == 0).sum())

    @property
    def table_is_swapped(self) -> bool:
        """Whether nearly all masks are swapped, so that the label table's names are."""
        decided = len(self.masks) - self.undecided
        return decided >= LEAST_MASKS and len(self.suspects) > NEARLY_ALL * decided

    def table_doubt(self, table: object) -> str | None:
        """A line that asks to exchange the names in the label table ``table``; None if they are right."""
        if not self.table_is_swapped:
            return None
        return f"nearly all masks are swapped: exchange the names left and right in {table}"

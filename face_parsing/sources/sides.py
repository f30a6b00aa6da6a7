"""Left and right in label maps: whether a source means the subject's own left, as label tables here do."""

import re
from collections.abc import Iterable

import numpy as np

from face_parsing.core.labels import LabelTable

SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
FEWEST = 4  # pictures of which something can be said; fewer give no doubt
# Share of the pictures whose sides may disagree, as in profiles, mirrored pictures and faces that lie.
TOLERATED = 0.5


def side_and_part(name: str) -> tuple[str | None, str]:
    """Side and part of a class's name; the side is ``left``, ``right`` or None.

    >>> [side_and_part(name) for name in ("left_eyebrow", "l_brow", "LeftEye", "eye-right", "upper_left_lid")]
    [('left', 'eyebrow'), ('left', 'brow'), ('left', 'eye'), ('right', 'eye'), ('left', 'upperlid')]
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    words = re.sub(r"^(left|right)(?=[a-z])|(?<=[a-z])(left|right)$", r"_\1\2_", words)
    parts = [word for word in re.split(r"[\W_]+", words) if word]
    for position, word in enumerate(parts):
        # A single letter is a side only at an end, as in l_brow.
        if word in SIDES and (len(word) > 1 or position in (0, len(parts) - 1)):
            return SIDES[word], "".join(parts[:position] + parts[position + 1 :])
    return None, "".join(parts)


def left_right_pairs(labels: LabelTable) -> list[tuple[int, int]]:
    """The ids of mirror partners whose names say left and right, as (left, right).

    >>> from pathlib import Path
    >>> from face_parsing.core.labels import read_labels
    >>> left_right_pairs(read_labels(Path("configs/labels/lapa.yaml")))
    [(3, 2), (5, 4)]
    """
    side_of = {label.id: side_and_part(label.name)[0] for label in labels.labels}
    pairs = []
    for pair in labels.mirror_pairs:
        if {side_of[i] for i in pair} == {"left", "right"}:
            pairs.append(pair if side_of[pair[0]] == "left" else pair[::-1])
    return pairs


def sides(label_map: np.ndarray, pairs: Iterable[tuple[int, int]]) -> int:
    """Whether the parts on the left of an upright face lie where the subject's own left is: to the right.

    Args:
        label_map: (H, W) uint8 class ids of a face that looks at the viewer.
        pairs: Ids of mirror partners, (left, right).

    Returns:
        1 if most pairs lie as the subject's own sides, -1 if most lie as the viewer's, 0 if as many or none do.
    """
    columns = np.arange(label_map.shape[1])
    votes = 0
    for left, right in pairs:
        counts = [(label_map == part).sum(axis=0) for part in (left, right)]
        if all(count.any() for count in counts):
            left_x, right_x = (float((count * columns).sum() / count.sum()) for count in counts)
            votes += int(np.sign(left_x - right_x))
    return int(np.sign(votes))


def doubt(votes: Iterable[int]) -> str | None:
    """A line for a source whose left is the viewer's, by the :func:`sides` of its pictures; None without doubt."""
    cast = [vote for vote in votes if vote]
    viewers = sum(vote < 0 for vote in cast)
    if len(cast) < FEWEST or viewers <= TOLERATED * len(cast):
        return None
    return (
        f"left and right look exchanged: left parts lie to the left of right ones in {viewers} of {len(cast)} "
        "pictures; expected the subject's own left, which lies to the right; exchange the names in the label table"
    )

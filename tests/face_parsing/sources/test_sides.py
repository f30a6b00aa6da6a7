"""Whose left a source's left is, told from where the parts lie."""

from pathlib import Path

import numpy as np
import pytest

from face_parsing.core.labels import read_labels
from face_parsing.sources.sides import doubt, left_right_pairs, sides
from face_parsing.synthetic.video import render_clip
from tests.face_parsing.synthetic.test_video import LABELS, parameters

PAIRS = left_right_pairs(LABELS)


def faces(count: int = 12) -> list[np.ndarray]:
    """Label maps of rendered faces, whose left is the subject's own."""
    return [next(render_clip(*parameters(), LABELS, "test", index))[1] for index in range(count)]


def test_the_subjects_own_left_gives_no_doubt_and_the_viewers_does():
    own = [sides(label_map, PAIRS) for label_map in faces()]
    viewers = [sides(LABELS.mirrored[label_map], PAIRS) for label_map in faces()]
    assert viewers == [-vote for vote in own]
    assert sum(own) >= 10
    assert doubt(own) is None
    assert str(doubt(viewers)).startswith("left and right look exchanged: left parts lie to the left of right ones in")


def test_pictures_without_both_sides_and_a_few_that_disagree_give_no_doubt():
    assert sides(np.zeros((4, 4), np.uint8), PAIRS) == 0
    assert doubt([0] * 100 + [-1] * 3) is None
    assert doubt([1] * 50 + [-1] * 50) is None
    assert doubt([1] * 49 + [-1] * 51) is not None


@pytest.mark.parametrize("table", ["lapa", "celebamask_hq", "face_synthetics", "helen"])
def test_every_table_names_the_sides_of_its_mirror_partners(table):
    labels = read_labels(Path("configs/labels", f"{table}.yaml"))
    pairs = left_right_pairs(labels)
    assert sorted(map(sorted, pairs)) == sorted(map(sorted, labels.mirror_pairs))


def test_lapas_left_is_the_viewers():
    # Its repository's figure numbers the eyebrow and the eye to the left in the picture 2 and 4; facer (FacePerceiver)
    # names the ids 2 to 5 rb, lb, re, le.
    labels = read_labels(Path("configs/labels/lapa.yaml"))
    named = {i: labels.names[labels.ids.index(i)] for i in range(2, 6)}
    assert named == {2: "right_eyebrow", 3: "left_eyebrow", 4: "right_eye", 5: "left_eye"}

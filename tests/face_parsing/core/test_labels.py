from pathlib import Path

import numpy as np
import pytest
import yaml

from face_parsing.core.errors import PipelineError
from face_parsing.core.labels import read_labels

DEFAULT = Path("configs/labels.yaml")
TWO = [
    {"id": 0, "name": "background", "color": [0, 0, 0]},
    {"id": 9, "name": "face", "color": [1, 2, 3]},
]


def table(tmp_path: Path, entries: list[dict]) -> Path:
    path = tmp_path / "labels.yaml"
    path.write_text(yaml.safe_dump({"labels": entries}))
    return path


def test_the_default_table_is_the_challenges():
    labels = read_labels(DEFAULT)
    assert labels.ids == list(range(18))
    assert (labels.names[0], labels.names[4], labels.names[17]) == ("background", "left_eye", "neck")
    assert labels.mirror_pairs == [(2, 3), (4, 5), (6, 7), (8, 9)]


def test_colours_tell_all_classes_and_the_ignored_value_apart():
    labels = read_labels(DEFAULT)
    assert len({tuple(labels.palette[i]) for i in [*labels.ids, 255]}) == len(labels) + 1


def test_mirroring_swaps_partners_and_leaves_the_rest():
    mirrored = read_labels(DEFAULT).mirrored
    assert mirrored[[0, 1, 4, 5, 255]].tolist() == [0, 1, 5, 4, 255]
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(256))


def test_ids_may_have_gaps_and_any_order(tmp_path):
    labels = read_labels(table(tmp_path, TWO[::-1]))
    assert labels.ids == [0, 9]
    assert labels.palette[9].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (TWO[1:], "expected 0 (the background)"),
        ([*TWO, TWO[1]], "is repeated"),
        ([TWO[0], TWO[1] | {"id": 255}], "up to 254"),
        ([TWO[0], TWO[1] | {"color": [1, 2, 300]}], "three values from 0 to 255"),
        ([TWO[0], TWO[1] | {"mirror": "background"}], "expected that background has the mirror "),
        ([{"id": 0, "name": "background"}], "not a label table"),
        ([{"id": "zero", "name": "background", "color": [0, 0, 0]}], "not a label table"),
    ],
)
def test_a_faulty_table_is_one_clear_line(tmp_path, entries, message):
    path = table(tmp_path, entries)
    with pytest.raises(PipelineError) as caught:
        read_labels(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ") and message in line and "\n" not in line


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(PipelineError, match="missing; expected labels: "):
        read_labels(tmp_path / "none.yaml")

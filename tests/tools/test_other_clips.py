from copy import deepcopy
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.models import PREDICTIONS, RESULT
from tests.repositories import out_of_date
from tools.other_clips import VIDEO, ask_for_clips, score_other_clips, table


def test_other_clips_are_scored_by_the_projects_models_and_change_nothing_of_it(project):
    metrics = score_other_clips(project, seed=1, clips=1)
    assert list(metrics) == ["result", *PREDICTIONS, "detector", *VIDEO.values()]
    assert all(0 <= metrics[VIDEO[row]]["flicker"] <= 1 for row in (*PREDICTIONS, RESULT))
    assert all(0 <= metrics[row]["JF"] <= 1 for row in ("result", *PREDICTIONS))
    assert metrics["detector"]["detected"] + metrics["detector"]["interpolated"] == 6  # one clip's frames
    assert out_of_date(project) == set()


def test_the_looks_of_the_profile_stay_unless_others_are_asked_for():
    own = YAML().load(Path("params.yaml"))
    parameters = deepcopy(own)
    clips = parameters["profiles"][parameters["profile"]]["clips"]
    ask_for_clips(parameters, seed=7, clips=3, looks=None)
    assert (parameters["synthetic"]["seed"], clips["count"]["test"]) == (7, 3)
    assert clips["looks"] == own["profiles"][own["profile"]]["clips"]["looks"]
    ask_for_clips(parameters, seed=7, clips=3, looks=0.5)
    assert list(clips["looks"]) == list(own["profiles"][own["profile"]]["clips"]["looks"])
    assert set(clips["looks"].values()) == {0.5}


def test_without_models_there_is_nothing_to_score(tmp_path):
    with pytest.raises(UserError, match="models: missing"):
        score_other_clips(tmp_path, seed=1, clips=1)


def test_the_table_shows_what_is_not_there_as_a_dash():
    lines = table({"a": {"JF": 0.12345, "detected": None}, "b": {"JF": 1.0, "detected": 5}}, ["b", "a"]).splitlines()
    assert lines == ["| | JF | detected |", "|---|---|---|", "| b | 1.000 | 5 |", "| a | 0.123 | - |"]

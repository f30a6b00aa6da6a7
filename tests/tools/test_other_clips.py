import sys

import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.model_names import PREDICTIONS, RESULT
from tests.repositories import out_of_date
from tools import other_clips
from tools.other_clips import VIDEO, score_other_clips, table


def test_other_clips_are_scored_by_the_projects_models_and_change_nothing_of_it(project):
    metrics = score_other_clips(project, seed=1, clips=1)
    assert list(metrics) == ["result", *PREDICTIONS, "detector", *VIDEO.values()]
    assert all(0 <= metrics[VIDEO[row]]["flicker"] <= 1 for row in (*PREDICTIONS, RESULT))
    assert all(0 <= metrics[row]["JF"] <= 1 for row in ("result", *PREDICTIONS))
    assert metrics["detector"]["detected"] + metrics["detector"]["interpolated"] == 6  # one clip's frames
    varied = score_other_clips(project, seed=1, clips=1, domain_randomization=1.0)
    assert list(varied) == list(metrics) and varied != metrics
    assert out_of_date(project) == set()


def test_without_models_there_is_nothing_to_score(tmp_path):
    with pytest.raises(PipelineError, match="models: missing"):
        score_other_clips(tmp_path, seed=1, clips=1)


def test_the_table_shows_what_is_not_there_as_a_dash():
    lines = table({"a": {"JF": 0.12345, "detected": None}, "b": {"JF": 1.0, "detected": 5}}, ["b", "a"]).splitlines()
    assert lines == ["| | JF | detected |", "|---|---|---|", "| b | 1.000 | 5 |", "| a | 0.123 | - |"]


def test_the_flags_reach_the_scoring_and_every_row_is_printed(monkeypatch, capsys):
    given = []
    rows = ["result", *PREDICTIONS, "detector", *VIDEO.values()]
    monkeypatch.setattr(
        other_clips, "score_other_clips", lambda *values: given.append(values) or {row: {"JF": 0.5} for row in rows}
    )
    monkeypatch.setattr(sys, "argv", ["other_clips", "--seed", "3", "--clips", "2", "--domain-randomization", "0.7"])
    other_clips.main()
    assert [values[1:] for values in given] == [(3, 2, 0.7)]
    assert {line.split(" | ")[0] for line in capsys.readouterr().out.splitlines()} >= {f"| {row}" for row in rows}

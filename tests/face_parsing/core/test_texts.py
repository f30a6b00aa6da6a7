import json
import tracemalloc

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from face_parsing.core.errors import PipelineError
from face_parsing.core.texts import read_json, read_numbers, read_text, read_yaml

LAUGHS = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
)
NESTED = "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 2000))

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc xyz", max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_yaml_and_json_come_back_as_they_were(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("texts") / "a"
    path.write_text(yaml.safe_dump(value))
    assert read_yaml(path, "a value") == value
    path.write_text(json.dumps(value))
    assert read_json(path, "a value") == value


def test_anchors_stand_for_what_they_name(tmp_path):
    (tmp_path / "a.yaml").write_text("a: &x {lr: 1e-3}\nb: *x\nc: [*x, *x]\n")
    assert read_yaml(tmp_path / "a.yaml", "a value") == {"a": {"lr": 1e-3}, "b": {"lr": 1e-3}, "c": [{"lr": 1e-3}] * 2}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "values; expected 100000 at most (FACE_PARSING_MAX_YAML_VALUES)"),
        (NESTED, "levels; expected 32 at most (FACE_PARSING_MAX_YAML_DEPTH)"),
        ("[" * 1_000_000, "33 levels; expected 32 at most (FACE_PARSING_MAX_YAML_DEPTH)"),
        ("- " * 1_000_000, "33 levels; expected 32 at most (FACE_PARSING_MAX_YAML_DEPTH)"),
        ("a: &x [*x]", "the alias *x has no anchor before it"),
        ("x: &a 1\ny: &a [*a]", "the anchor &a is defined twice; expected it once"),
        ("a: 2020-13-45", "not YAML (month must be in 1..12); expected a value"),
        ("a: !!python/object/apply:os.getcwd []", "line 1 is not YAML: could not determine a constructor"),
        ("--- 1\n--- 2\n", "line 2 is not YAML: "),
        ("a: \x00", "not YAML ("),
    ],
)
def test_yaml_that_repeats_nests_or_is_none_is_one_line_in_little_memory(tmp_path, text, told):
    (tmp_path / "a.yaml").write_text(text)
    tracemalloc.start()
    try:
        with pytest.raises(PipelineError) as caught:
            read_yaml(tmp_path / "a.yaml", "a value")
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_json_that_nests_without_end_is_one_line(tmp_path):
    (tmp_path / "a.json").write_text("[" * 1_000_000)
    with pytest.raises(PipelineError, match=r"a\.json: not JSON .*; expected a value"):
        read_json(tmp_path / "a.json", "a value")


@pytest.mark.parametrize("text", ["[]", '{"J": "0.5"}', '{"J": NaN}', '{"J": 1e999}', '{"J": true}', '{"J": [0.5]}'])
def test_what_is_no_number_by_name_is_one_line(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(PipelineError, match=r"a\.json: .*expected an object of finite numbers by name"):
        read_numbers(tmp_path / "a.json")


def test_text_may_begin_with_a_byte_order_mark_and_must_be_utf8(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa\r\nb")
    assert read_text(tmp_path / "a", "lines").splitlines() == ["a", "b"]
    (tmp_path / "a").write_bytes(b"ab\xff")
    with pytest.raises(PipelineError, match=r"not UTF-8 \(byte 2: invalid start byte\); expected lines"):
        read_text(tmp_path / "a", "lines")

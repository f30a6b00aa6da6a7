"""The reference pages are those of the schemas as they are now."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools.reference import (
    PAGES,
    ROOT,
    commands_page,
    leaves,
    pages,
    parameters_page,
    readers_of,
    stages_by_key,
    type_of,
)


@pytest.mark.parametrize("name", pages())
def test_the_page_in_the_repository_is_up_to_date(name):
    assert (PAGES / name).read_text(encoding="utf-8") == pages()[name], "run python -m tools.reference"


def test_every_key_of_the_first_profile_and_of_the_rest_has_a_row():
    tree = YAML().load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    keys = [".".join(path) for path, _, _ in leaves(tree)]
    page = parameters_page(ROOT)
    for key in keys:
        if not key.startswith("profiles."):
            assert f"| `{key}` |" in page
        elif key.startswith("profiles.mini."):
            assert f"| `{key.replace('mini', '<profile>', 1)}` |" in page
    assert page.count("\n| `") == len([key for key in keys if not key.startswith("profiles.")]) + len(
        [key for key in keys if key.startswith("profiles.mini.")]
    )


def test_a_comment_is_that_of_its_own_line_or_of_a_mapping_on_one_line():
    text = "a: 1  # one\nb: {c: 2, d: 3}  # both\ne:  # of e\n  f: 4\n  g: 5  # five\nh: [1, 2]  # a list\n"
    found = {".".join(path): comment for path, _, comment in leaves(YAML().load(text))}
    assert found == {"a": "one", "b.c": "both", "b.d": "both", "e.f": "", "e.g": "five", "h": "a list"}


def test_types_have_their_limits():
    schema = {
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "$defs": {
            "A": {
                "properties": {
                    "x": {"type": "number", "minimum": 0, "maximum": 1},
                    "y": {"anyOf": [{"enum": ["p", "q"]}, {"type": "null"}]},
                    "z": {"type": "array", "items": {"type": "integer", "exclusiveMinimum": 0}},
                }
            }
        },
    }
    assert [type_of(schema, ("a", name)) for name in "xyz"] == [
        "float ≥ 0, ≤ 1",
        "`p` | `q` or null",
        "list of int > 0",
    ]


def test_a_key_is_read_by_the_stages_of_all_sections_that_hold_it():
    stages = {"one": {"params": ["a"]}, "two": {"params": [{"params.yaml": None}, "a.b", "${profile}.c"]}}
    readers = stages_by_key(stages)
    assert readers_of(readers, ("a", "b")) == ["one", "two"]
    assert readers_of(readers, ("mini", "c", "d")) == ["two"]
    assert readers_of(readers, ("z",)) == []


def test_every_subcommand_has_a_section():
    assert "## face-parsing render" in commands_page() and "## face-parsing predict" in commands_page()
    assert Path(PAGES).name == "reference"

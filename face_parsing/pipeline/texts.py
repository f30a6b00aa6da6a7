"""Text files as anybody may have written them: within limits, and read in one way or refused in one line."""

import json
import math
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.limits import check_limit, read_bytes

EVENTS = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML has it, is ten times as fast


def read_text(path: Path, expected: str) -> str:
    """A UTF-8 file's text.

    Args:
        path: The file.
        expected: What it should be, for the message: "one clip name a line".

    Raises:
        UserError: see :func:`face_parsing.pipeline.limits.read_bytes`; or it is no UTF-8.
    """
    try:
        return read_bytes(path, expected).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 (byte {error.start}: {error.reason}); expected {expected}") from None


def read_json(path: Path, expected: str) -> Any:
    """A JSON file's value.

    Raises:
        UserError: see :func:`read_text`; or it is no JSON.
    """
    text = read_text(path, expected)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON ({error}); expected {expected}") from None


def read_numbers(path: Path) -> dict[str, float | None]:
    """The numbers by name of a JSON file, such as :func:`face_parsing.pipeline.outputs.write_json` writes.

    Raises:
        UserError: see :func:`read_json`; or it holds anything else.
    """
    expected = "an object of finite numbers by name"
    numbers = read_json(path, expected)
    if not isinstance(numbers, dict):
        raise UserError(f"{path}: no object; expected {expected}")
    for name, value in numbers.items():
        if value is not None and not (type(value) in (int, float) and abs(value) < math.inf):
            raise UserError(f"{path}: {name} is {value!r}; expected {expected}")
    return numbers


def read_yaml(path: Path, expected: str) -> Any:
    """A YAML file's value, of plain Python values.

    Raises:
        UserError: see :func:`read_text`; or it is no YAML, or nests or repeats more than the limits allow.
    """
    text = read_text(path, expected)
    _check_nesting(path, text)
    try:
        # DVC's own reader, so that the stages see the values that DVC compares: 1e-3 is a number to both.
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        what = " ".join((error.problem or error.context or "").split())
        line = f"line {where.line + 1} is " if where else ""
        raise UserError(f"{path}: {line}not YAML: {what}") from None
    except Exception as error:  # of values such as the date 2020-13-45 it makes errors of every kind
        what = " ".join(str(error).split())
        raise UserError(f"{path}: not YAML ({what}); expected {expected}") from None


def _check_nesting(path: Path, text: str) -> None:
    """Check how deep a YAML file's values nest, and how many they are when every alias stands for what it repeats."""
    open_: list[list[Any]] = []  # of each list or map that is open: its anchor, values so far, and depth below it
    anchors: set[str] = set()
    known: dict[str | None, tuple[int, int]] = {}  # of each anchor whose value is whole: values, and depth below it
    try:
        for event in yaml.parse(text, EVENTS):
            values, depth, anchor = 0, 0, getattr(event, "anchor", None)
            if anchor is not None and not isinstance(event, yaml.AliasEvent):
                if anchor in anchors:
                    raise UserError(f"{path}: the anchor &{anchor} stands twice; expected it once")
                anchors.add(anchor)
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append([anchor, 1, 0])
                check_limit(path, len(open_), "levels", "yaml_depth")
                continue
            if isinstance(event, yaml.CollectionEndEvent):
                anchor, values, below = open_.pop()
                depth = below + 1
            elif isinstance(event, yaml.AliasEvent):
                # One within its own anchor stands for itself without end, and is not known yet.
                values, depth = known.get(anchor, (0, 0))
                if not values:
                    raise UserError(f"{path}: the alias *{anchor} stands for nothing before it")
                anchor = None
            elif isinstance(event, yaml.ScalarEvent):
                values = 1
            if anchor is not None:
                known[anchor] = values, depth
            if open_:
                open_[-1][1] += values
                open_[-1][2] = max(open_[-1][2], depth)
            check_limit(path, open_[-1][1] if open_ else values, "values", "yaml_values")
            check_limit(path, len(open_) + depth, "levels", "yaml_depth")
    except yaml.YAMLError:
        pass  # the reader itself tells of it

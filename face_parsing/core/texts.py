"""Reading text, JSON and YAML files of any origin: within limits, and with errors in one line."""

import json
import math
from pathlib import Path
from typing import Any

import yaml

from face_parsing.core.errors import PipelineError
from face_parsing.core.limits import check_limit, read_bytes

EVENTS = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's loader, if PyYAML has it, is ten times as fast


def read_text(path: Path, expected: str) -> str:
    """A UTF-8 file's text.

    Args:
        path: The file.
        expected: What the file should be, for the message: "one clip name a line".

    Raises:
        PipelineError: see :func:`face_parsing.core.limits.read_bytes`; or the file is not UTF-8.
    """
    try:
        return read_bytes(path, expected).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PipelineError(f"{path}: not UTF-8 (byte {error.start}: {error.reason}); expected {expected}") from None


def read_json(path: Path, expected: str) -> Any:
    """A JSON file's value.

    Raises:
        PipelineError: see :func:`read_text`; or the file is not JSON.
    """
    text = read_text(path, expected)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PipelineError(f"{path}: not JSON ({error}); expected {expected}") from None


def read_numbers(path: Path) -> dict[str, float | None]:
    """The numbers by name in a JSON file, such as :func:`face_parsing.core.outputs.write_json` writes.

    Raises:
        PipelineError: see :func:`read_json`; or the file holds anything but finite numbers and nulls.
    """
    expected = "an object of finite numbers by name"
    numbers = read_json(path, expected)
    if not isinstance(numbers, dict):
        raise PipelineError(f"{path}: not an object; expected {expected}")
    for name, value in numbers.items():
        if value is not None and not (type(value) in (int, float) and abs(value) < math.inf):
            raise PipelineError(f"{path}: {name} is {value!r}; expected {expected}")
    return numbers


def read_yaml(path: Path, expected: str) -> Any:
    """A YAML file's value, made of plain Python values.

    Raises:
        PipelineError: see :func:`read_text`; or the file is not YAML, or nests or repeats more than the limits allow.
    """
    # Imported here: an installation that only runs exported models reads no YAML and lacks ruamel.yaml.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    text = read_text(path, expected)
    _check_nesting(path, text)
    try:
        # We use DVC's own reader, so that stages see the values that DVC compares: both read 1e-3 as a number.
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join((error.problem or error.context or "").split())
        line = f"line {mark.line + 1} is " if mark else ""
        raise PipelineError(f"{path}: {line}not YAML: {message}") from None
    except Exception as error:  # values such as the date 2020-13-45 raise errors of any type
        message = " ".join(str(error).split())
        raise PipelineError(f"{path}: not YAML ({message}); expected {expected}") from None


def _check_nesting(path: Path, text: str) -> None:
    """Check the nesting depth of a YAML file and its number of values, with aliases expanded."""
    open_nodes: list[list[Any]] = []  # of each open list or map: anchor, values so far, and depth below it
    anchors: set[str] = set()
    known: dict[str | None, tuple[int, int]] = {}  # of each anchor whose value has ended: values, and depth below it
    try:
        for event in yaml.parse(text, EVENTS):
            values, depth, anchor = 0, 0, getattr(event, "anchor", None)
            if anchor is not None and not isinstance(event, yaml.AliasEvent):
                if anchor in anchors:
                    raise PipelineError(f"{path}: the anchor &{anchor} is defined twice; expected it once")
                anchors.add(anchor)
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append([anchor, 1, 0])
                check_limit(path, len(open_nodes), "levels", "yaml_depth")
                continue
            if isinstance(event, yaml.CollectionEndEvent):
                anchor, values, below = open_nodes.pop()
                depth = below + 1
            elif isinstance(event, yaml.AliasEvent):
                # An alias within its own anchor would repeat itself endlessly. Its anchor is not known yet.
                values, depth = known.get(anchor, (0, 0))
                if not values:
                    raise PipelineError(f"{path}: the alias *{anchor} has no anchor before it")
                anchor = None
            elif isinstance(event, yaml.ScalarEvent):
                values = 1
            if anchor is not None:
                known[anchor] = values, depth
            if open_nodes:
                open_nodes[-1][1] += values
                open_nodes[-1][2] = max(open_nodes[-1][2], depth)
            check_limit(path, open_nodes[-1][1] if open_nodes else values, "values", "yaml_values")
            check_limit(path, len(open_nodes) + depth, "levels", "yaml_depth")
    except yaml.YAMLError:
        pass  # the YAML reader reports it

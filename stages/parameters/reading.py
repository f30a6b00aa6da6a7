"""Reading params.yaml: each section is checked against its schema, and a fault is one line that names the key."""

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stages.pipeline.entry import UserError

PARAMETERS = Path("params.yaml")

# JSON schema's keywords for a number's bounds, in words.
BOUNDS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}

Parameters = TypeVar("Parameters")
JsonSchema = dict[str, Any]


class Section(BaseModel):
    """A section of params.yaml: every key is required, none is unknown, and values keep their type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read(key: str, schema: type[Parameters], path: Path = PARAMETERS) -> Parameters:
    """The value at ``key`` (names joined by dots; empty for the whole file), checked against ``schema``.

    Raises:
        UserError: the file is no YAML or the value breaks the schema; names the first key at fault, what was given and
            what is allowed.
    """
    adapter = TypeAdapter(schema)
    value = _load(path)
    for name in filter(None, key.split(".")):
        if not isinstance(value, dict) or name not in value:
            raise UserError(f"{path}: {key} is missing; expected {_expected(adapter.json_schema())}")
        value = value[name]
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise UserError(f"{path}: {_line(key, error, adapter.json_schema())}") from None


def _load(path: Path) -> Any:
    try:
        # DVC's own reader, so that the stages see the values that DVC compares: 1e-3 is a number to both.
        return YAML(typ="safe").load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: missing; expected the pipeline's parameters") from None
    except MarkedYAMLError as error:
        problem = " ".join(error.problem.split())
        raise UserError(f"{path}: line {error.problem_mark.line + 1} is not YAML: {problem}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())})") from None


def _line(key: str, error: ValidationError, schema: JsonSchema) -> str:
    faults = error.errors()
    # A misspelt key is also a missing one: only the former tells what to mend.
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    where = ".".join([*filter(None, [key]), *map(str, fault["loc"])]) or "the whole file"
    if fault["type"] == "extra_forbidden":
        *section, name = fault["loc"]
        known = list(_at(section, schema)["properties"])
        meant = "".join(f"; did you mean {match}?" for match in get_close_matches(name, known, n=1))
        return f"{where} is no parameter{meant or f'; expected one of {_listed(known)}'}"
    given = "missing" if fault["type"] == "missing" else _shown(fault["input"])
    return f"{where} is {given}; expected {_expected(_at(fault['loc'], schema))}"


def _at(location: Sequence[str | int], schema: JsonSchema) -> JsonSchema:
    """The part of a JSON schema that describes the value at a location, with the definitions it refers to."""
    definitions = schema.get("$defs", {})
    for step in [*location, None]:
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
        if step is not None:
            schema = schema["items"] if isinstance(step, int) else schema["properties"][step]
    return schema


def _shown(value: Any) -> str:
    """A value as YAML would spell it on one line, the middle of a long one left out."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:60]} ... {text[-15:]}"


def _expected(schema: JsonSchema) -> str:
    """What a JSON schema allows, in words."""
    if "anyOf" in schema:
        return " or ".join(map(_expected, schema["anyOf"]))
    if "enum" in schema:
        return f"one of {_listed(schema['enum'])}"
    match schema["type"]:
        case "object":
            return f"a section with the keys {_listed(schema['properties'])}"
        case "array":
            least = f" of at least {schema['minItems']}" if "minItems" in schema else ""
            return f"a list{least}, each item {_expected(schema['items'])}"
        case "integer" | "number" as kind:
            bounds = [f"{word} {schema[keyword]}" for keyword, word in BOUNDS.items() if keyword in schema]
            return " ".join([{"integer": "an integer", "number": "a number"}[kind], " and ".join(bounds)]).strip()
        case kind:
            return {"string": "text", "boolean": "true or false", "null": "null"}[kind]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(str, names))

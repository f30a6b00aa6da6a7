"""Reading params.yaml: each section is checked against its schema, and a fault is one line that names the key."""

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import Self

from face_parsing.pipeline.entry import UserError
from face_parsing.pipeline.texts import read_yaml

PARAMETERS = Path("params.yaml")

PROFILE = "${profile}"

MISSING: Any = object()  # in the place of a value that is not there; no schema takes it

Parameters = TypeVar("Parameters")
JsonSchema = dict[str, Any]


class Section(BaseModel):
    """A section of params.yaml: every key is required, none is unknown, and values keep their type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StageParameters(BaseModel):
    """What a stage reads of params.yaml: a field for each key, named by :func:`at`."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls, path: Path = PARAMETERS) -> Self:
        """Every field's value, each checked against its own schema.

        Raises:
            UserError: see :func:`read`.
        """
        return cls.model_construct(**{key: read(key, schema, path) for key, schema in cls.schemas().items()})

    @classmethod
    def schemas(cls) -> dict[str, Any]:
        """The schema of each key that is read."""
        return {str(field.alias): field.annotation for field in cls.model_fields.values()}

    def by_key(self) -> dict[str, Any]:
        """The values as plain Python ones, by their keys in params.yaml."""
        return self.model_dump(by_alias=True)


def at(key: str) -> Any:
    """A field of :class:`StageParameters` that is read at ``key``, names joined by dots."""
    return Field(alias=key)


def read(key: str, schema: type[Parameters], path: Path = PARAMETERS) -> Parameters:
    """The value at ``key`` (names joined by dots; empty for the whole file), checked against ``schema``.

    In a key ``${profile}`` stands for the value at ``profile``, as it does in dvc.yaml.

    Raises:
        UserError: the file is no YAML or the value breaks the schema; names the first key at fault, what was given and
            what is allowed, in pydantic's words.
    """
    tree = read_yaml(path, "the pipeline's parameters")
    if PROFILE in key:
        key = key.replace(PROFILE, str(_at("profile", tree)))
    value = _at(key, tree)
    adapter = TypeAdapter(schema)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise UserError(f"{path}: {_line(key, error, adapter)}") from None


def _at(key: str, value: Any) -> Any:
    for name in filter(None, key.split(".")):
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value


def _line(key: str, error: ValidationError, adapter: TypeAdapter) -> str:
    faults = error.errors()
    # A misspelt key is also a missing one: only the former tells what to mend.
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location, given = fault["loc"], fault["input"]
    where = ".".join([*filter(None, [key]), *map(str, location)]) or "the whole file"
    if fault["type"] == "extra_forbidden":
        *section, name = location
        known = _keys_at(section, adapter.json_schema())
        meant = "".join(f"; did you mean {match}?" for match in get_close_matches(str(name), known, n=1))
        return f"{where} is no parameter{meant or f'; expected one of {_listed(known)}'}"
    if fault["type"] == "missing":
        # What belongs there pydantic says of a value, not of the lack of one.
        fault, given = _fault_of_missing(fault, adapter), MISSING
    what = fault["msg"][0].lower() + fault["msg"][1:]
    if fault["type"] == "model_type":
        what = f"expected a section with the keys {_listed(_keys_at(location, adapter.json_schema()))}"
    if isinstance(given, dict) and fault["type"] != "model_type":  # what its keys say together
        return f"{where}: {what}"
    return f"{where} is {_shown(given)}; {what}"


def _fault_of_missing(fault: ErrorDetails, adapter: TypeAdapter) -> ErrorDetails:
    """The fault of the value ``MISSING`` in the place of one that is not there."""
    value: Any = MISSING
    for name in reversed(fault["loc"]):
        value = {name: value}
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return next(each for each in error.errors() if each["loc"] == fault["loc"])
    raise AssertionError(f"{fault['loc']} takes {MISSING}")


def _keys_at(location: Sequence[str | int], schema: JsonSchema) -> list[str]:
    """The keys of the section at a location of a JSON schema."""
    definitions = schema.get("$defs", {})
    for step in [*location, None]:
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
        if step is not None:
            schema = schema["items"] if isinstance(step, int) else _value_of(step, schema)
    return list(schema["properties"])


def _value_of(key: str, schema: JsonSchema) -> JsonSchema:
    """The schema of a section's key, or of every key where the keys are the user's."""
    return schema["properties"][key] if "properties" in schema else schema["additionalProperties"]


def _shown(value: Any) -> str:
    """A value as YAML would spell it on one line, the middle of a long one left out."""
    if value is MISSING:
        return "missing"
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:60]} ... {text[-15:]}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(str, names))

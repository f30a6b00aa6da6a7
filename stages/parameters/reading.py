"""Reading params.yaml: each section is checked against its schema, and a fault is one line that names the key."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from stages.pipeline.entry import UserError

PARAMETERS = Path("params.yaml")

Parameters = TypeVar("Parameters")


class Section(BaseModel):
    """A section of params.yaml: every key is required, none is unknown, and values keep their type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read(key: str, schema: type[Parameters], path: Path = PARAMETERS) -> Parameters:
    """The value at ``key`` (names joined by dots; empty for the whole file), checked against ``schema``.

    Raises:
        UserError: the file is no YAML or the value breaks the schema; names the first key at fault, what was given and
            what is allowed.
    """
    try:
        value = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: missing; expected the pipeline's parameters") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())})") from None
    for name in filter(None, key.split(".")):
        if not isinstance(value, dict) or name not in value:
            raise UserError(f"{path}: {key} is missing")
        value = value[name]
    try:
        return TypeAdapter(schema).validate_python(value)
    except ValidationError as error:
        raise UserError(f"{path}: {_line(key, error, schema)}") from None


def _line(key: str, error: ValidationError, schema: type) -> str:
    fault = error.errors()[0]
    where = ".".join([*filter(None, [key]), *map(str, fault["loc"])])
    if fault["type"] == "extra_forbidden":
        return f"{where} is no parameter; allowed here: {', '.join(_names_beside(fault['loc'], schema))}"
    if fault["type"] == "missing":
        return f"{where} is missing"
    return f"{where} is {fault['input']!r}; {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _names_beside(location: tuple, schema: type[BaseModel]) -> list[str]:
    """The parameters that a section allows where ``location`` names one that it does not."""
    for name in location[:-1]:
        schema = schema.model_fields[name].annotation
    return list(schema.model_fields)

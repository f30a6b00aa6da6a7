"""Reading params.yaml: each section is checked against its schema, and an error names the key in one line."""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import Self

from face_parsing.core.errors import PipelineError
from face_parsing.core.paths import PARAMETERS
from face_parsing.core.texts import read_yaml

PROFILE = "${profile}"

MISSING: Any = object()  # stands for a missing value; no schema accepts it

Parameters = TypeVar("Parameters")
JsonSchema = dict[str, Any]

Share = Annotated[float, Field(ge=0, le=1)]

# Keys of version 0.2 and their names now. `*` stands for a profile's name.
RENAMED = {
    "steady": "temporal_smoothing",
    "seg.previous": "seg.mask_propagation",
    "seg.pseudo.looks": "seg.pseudo.domain_randomization",
    "data.animate": "data.frames_per_still",
    "data.on_fault": "data.on_error (raise or skip)",
    "det.test.further_score": "det.test.secondary_face_threshold",
    "profiles.*.clips.looks": "profiles.*.clips.domain_randomization",
    "profiles.*.clips.domain_randomization.covers": "profiles.*.clips.domain_randomization.occluders",
    **{
        f"profiles.*.{training}.{old}": f"profiles.*.{training}.{new}"
        for training in ("detector", "backbone", "segmenter")
        for old, new in {
            "accumulate": "gradient_accumulation",
            "checkpointing": "activation_checkpointing",
            "balance": "class_weight_exponent",
        }.items()
    },
}


class Section(BaseModel):
    """A section of params.yaml. Every key is required, unknown keys are errors, and values are not converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StageParameters(BaseModel):
    """The parameters that a stage reads from params.yaml. :func:`at` gives each field's key."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls, path: Path = PARAMETERS) -> Self:
        """Read every field's value and check it against its schema.

        Raises:
            PipelineError: see :func:`read`.
        """
        return cls.model_construct(**{key: read(key, schema, path) for key, schema in cls.schemas().items()})

    @classmethod
    def schemas(cls) -> dict[str, Any]:
        """The schema of every key that the stage reads."""
        return {str(field.alias): field.annotation for field in cls.model_fields.values()}

    def by_key(self) -> dict[str, Any]:
        """The values as plain Python values, by their keys in params.yaml."""
        return self.model_dump(by_alias=True)


def at(key: str) -> Any:
    """A field of :class:`StageParameters` that is read from ``key``, names joined by dots."""
    return Field(alias=key)


def read(key: str, schema: type[Parameters], path: Path = PARAMETERS) -> Parameters:
    """The value of a key, checked against a schema.

    Args:
        key: Names joined by dots; empty for the whole file. ``${profile}`` in it stands for the value at ``profile``,
            as in dvc.yaml.
        schema: The type that pydantic checks the value against.
        path: The YAML file.

    Raises:
        PipelineError: the file is not YAML or the value breaks the schema. The message names the first invalid key,
            its value, and what is allowed, in pydantic's words.
    """
    tree = read_yaml(path, "the pipeline's parameters")
    if PROFILE in key:
        key = key.replace(PROFILE, str(_at("profile", tree)))
    value = _at(key, tree)
    adapter = TypeAdapter(schema)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise PipelineError(f"{path}: {_line(key, error, adapter)}") from None


def _at(key: str, value: Any) -> Any:
    for name in filter(None, key.split(".")):
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value


def _line(key: str, error: ValidationError, adapter: TypeAdapter) -> str:
    details = error.errors()
    # A misspelt key also makes the right key missing. Report the misspelling, which shows what to fix.
    detail = next((detail for detail in details if detail["type"] == "extra_forbidden"), details[0])
    location, value = detail["loc"], detail["input"]
    full_key = ".".join([*filter(None, [key]), *map(str, location)]) or "the whole file"
    if detail["type"] == "extra_forbidden":
        if renamed := _renamed(full_key):
            return f"{full_key} is named {renamed} now"
        *section, name = location
        known = _keys_at(section, adapter.json_schema())
        suggestion = "".join(f"; did you mean {match}?" for match in get_close_matches(str(name), known, n=1))
        return f"{full_key} is not a parameter{suggestion or f'; expected one of {_listed(known)}'}"
    if detail["type"] == "missing":
        # pydantic describes the expected value only if there is a value.
        detail, value = _error_of_missing(detail, adapter), MISSING
    message = detail["msg"][0].lower() + detail["msg"][1:]
    if detail["type"] == "model_type":
        message = f"expected a section with the keys {_listed(_keys_at(location, adapter.json_schema()))}"
    if isinstance(value, dict) and detail["type"] != "model_type":  # the error is about several keys of a section
        return f"{full_key}: {message}"
    return f"{full_key} is {_shortened(value)}; {message}"


def _renamed(key: str) -> str | None:
    """The present name of a key of an earlier version."""
    profile = re.match(r"profiles\.([^.]+)\.", key)
    name = profile[1] if profile else ""
    renamed = RENAMED.get(key.replace(f"profiles.{name}.", "profiles.*.", 1))
    return renamed and renamed.replace("profiles.*.", f"profiles.{name}.")


def _error_of_missing(missing: ErrorDetails, adapter: TypeAdapter) -> ErrorDetails:
    """The error of the value ``MISSING`` in place of a missing value."""
    value: Any = MISSING
    for name in reversed(missing["loc"]):
        value = {name: value}
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return next(detail for detail in error.errors() if detail["loc"] == missing["loc"])
    raise AssertionError(f"{missing['loc']} takes {MISSING}")


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
    """The schema of a section's key, or of every key if the user chooses the keys."""
    return schema["properties"][key] if "properties" in schema else schema["additionalProperties"]


def _shortened(value: Any) -> str:
    """A value as one line of YAML, without its middle if it is long."""
    if value is MISSING:
        return "missing"
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:60]} ... {text[-15:]}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(str, names))

"""What every lab's API is made of beside pages: strict bodies, texts, keys of repeated requests."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sdlab.lab.errors import Invalid
from sdlab.lab.text import TextRule
from sdlab.parts.idempotency import FIELD, MAX_KEY

# Pydantic's strict mode as a whole would refuse ISO times and enum values, which JSON has no type for.
STRICT = ("int", "float", "bool", "str")
WRITTEN = ("datetime", "date", "time", "timedelta")
TIMES = (datetime, date, time, timedelta)
PARTS_OF_A_SCHEMA = ("schema", "items_schema", "keys_schema", "values_schema", "fields", "choices")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=FIELD,
        min_length=1,
        max_length=MAX_KEY,
        description="repeating a call under the same key gives the first answer again",
    ),
]


def _strict(schema: Any) -> Any:
    """A copy of a schema, strict in its leaves; what is no schema stays as it is."""
    if isinstance(schema, list | tuple):
        return type(schema)(_strict(one) for one in schema)
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if kind in STRICT:
        return {**schema, "strict": True}
    if kind == "enum" and schema.get("sub_type"):
        return core_schema.no_info_before_validator_function(_no_boolean, schema)  # type: ignore[arg-type]
    if kind in WRITTEN:
        return core_schema.no_info_before_validator_function(_written, schema)  # type: ignore[arg-type]
    inside = {name: _strict(schema[name]) for name in PARTS_OF_A_SCHEMA if name in schema}
    if "fields" in inside and isinstance(inside["fields"], dict):
        inside["fields"] = {name: _strict(one) for name, one in schema["fields"].items()}
    return {**schema, **inside}


def _written(value: object) -> object:
    """Times are ISO texts; a number would be taken for seconds since 1970, in digits as well."""
    if isinstance(value, TIMES) or (isinstance(value, str) and not _is_number(value)):
        return value
    raise PydanticCustomError("time", "times are written in ISO 8601")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("enum", "a boolean is not one of the values")
    return value


class StrictModel(BaseModel):
    """Base of request bodies: nothing that the schema does not name, and no value of another JSON type.

    `true` is not 1, `"1"` is not 1, 1 is not `"1"`; NaN and infinity are refused. Times are ISO
    texts, enums their values. For bodies only: parameters of an address are always texts.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the class with every plain value in it strict."""
        strict: CoreSchema = _strict(handler(source))
        return strict


class TextOf:
    """A field of a body by a rule of text: `title: Annotated[str, TextOf(TextRule("title", 80))]`.

    The model holds the checked, normalised text.
    """

    def __init__(self, rule: TextRule) -> None:
        self.rule = rule

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after it is known to be a string."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What of the rule a JSON schema can say."""
        limits = {"minLength": self.rule.minimum, "maxLength": self.rule.maximum}
        return {**handler(schema), "format": "text", **limits}

    def _checked(self, text: str) -> str:
        try:
            return self.rule.check(text)
        except Invalid as refused:
            raise PydanticCustomError("text", "{detail}", {"detail": refused.detail}) from None

"""The types of a digest's content and docs/digest.schema.json describe one shape."""

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from alerts.digests.schema import DigestContent

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "digest.schema.json").read_text(encoding="utf-8"))
BASIC = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def shape_of_type(hint: Any) -> Any:  # noqa: PLR0911 - one return for each kind of type
    """Return a type's shape: a basic name, an object's fields, a list, a map, or a set of alternatives."""
    if is_typeddict(hint):
        fields = get_type_hints(hint, include_extras=True)
        return {name: shape_of_type(field) for name, field in fields.items()}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return shape_of_type(arguments[0])
    if origin is Literal:
        return frozenset(arguments)
    if origin in (Union, UnionType):
        return either([shape_of_type(one) for one in arguments])
    if origin is list:
        return ["list", shape_of_type(arguments[0])]
    if origin is dict:
        return ["map", shape_of_type(arguments[1])]
    if origin is tuple:
        return ["tuple", *map(shape_of_type, arguments)]
    return BASIC[hint]


def shape_of_schema(schema: dict[str, Any]) -> Any:  # noqa: PLR0911 - the same
    """Return the same for a schema."""
    if "$ref" in schema:
        named = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        both = named.get("properties", {}) | schema.get("properties", {})
        return shape_of_schema({**named, **({"properties": both} if both else {})})
    if "const" in schema or "enum" in schema:
        return frozenset(schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return either([shape_of_schema(one) for one in schema["anyOf"]])
    if isinstance(schema["type"], list):
        return either([shape_of_schema({**schema, "type": one}) for one in schema["type"]])
    if "prefixItems" in schema:
        return ["tuple", *map(shape_of_schema, schema["prefixItems"])]
    if schema["type"] == "array":
        return ["list", shape_of_schema(schema["items"])]
    if isinstance(schema.get("additionalProperties"), dict):
        return ["map", shape_of_schema(schema["additionalProperties"])]
    if schema["type"] == "object":
        return {name: shape_of_schema(field) for name, field in schema["properties"].items()}
    return schema["type"]


def either(shapes: list[Any]) -> Any:
    """Join alternatives; a closed list of values takes null in."""
    values = [one for one in shapes if isinstance(one, frozenset)]
    if values and all(isinstance(one, frozenset) or one == "null" for one in shapes):
        return frozenset().union(*values, [None] if "null" in shapes else [])
    return ["either", *sorted(shapes, key=str)]


def test_the_types_say_what_the_published_schema_says() -> None:
    assert shape_of_type(DigestContent) == shape_of_schema(SCHEMA)


def test_every_field_that_the_schema_requires_is_required_by_the_type() -> None:
    assert set(SCHEMA["required"]) <= DigestContent.__required_keys__


@pytest.mark.parametrize("change", [("numbers", {"type": "string"}), ("news", {"type": "string"})])
def test_a_field_that_differs_between_them_would_be_noticed(change: tuple[str, dict[str, str]]) -> None:
    name, field = change
    changed = {**SCHEMA, "properties": {**SCHEMA["properties"], name: field}}
    assert shape_of_type(DigestContent) != shape_of_schema(changed)

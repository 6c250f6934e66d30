"""The JSON Schemas of the watch file and of profile files, from which editors complete and check."""

from typing import Any

from monitor.profiles.declarative.settings import ProfileSettings
from service.watchfile.settings import SECTIONS, WatchFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a watch file as a user writes it."""
    schema = _as_written(WatchFile.model_json_schema())
    properties = schema["properties"]
    for made in ("files", "profiles", "habits", "left_out"):
        properties.pop(made, None)
    properties["include"] = _one_or_more({"type": "string"}) | {"description": "More files to read."}
    # A part may come from an included file, so no section is required of one file.
    schema.pop("required", None)
    for section, model in SECTIONS.items():
        properties[section].pop("minProperties", None)
        part = schema["$defs"][model.__name__]
        part["properties"]["extends"] = {"type": "string", "description": "Inherit another entry's keys."}
        if "required" in part:
            part["anyOf"] = [{"required": part.pop("required")}, {"required": ["extends"]}]
        _allow_templates(properties[section], part)
    return {**schema, "$schema": _DIALECT, "title": "Oversight Watch's watch file"}


def profile_schema() -> dict[str, Any]:
    """Return the JSON Schema of a profile file as a user writes it."""
    schema = _as_written(ProfileSettings.model_json_schema())
    return {**schema, "$schema": _DIALECT, "title": "A profile of Oversight Watch"}


def _allow_templates(section: dict[str, Any], part: dict[str, Any]) -> None:
    """An entry whose name begins with a dot is a template and need not be whole."""
    template = {key: value for key, value in part.items() if key not in ("anyOf", "description", "title")}
    section["patternProperties"] = {r"^\.": template, r"^[^.]": section["additionalProperties"]}
    section["additionalProperties"] = False


def _as_written(schema: Any) -> Any:
    """Turn the schema of values into one of text: 2h for a duration, one word for a list, ${ENV} for all."""
    if isinstance(schema, list):
        return [_as_written(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    given = {key: _as_written(value) for key, value in schema.items()}
    kind = given.get("type")
    if kind == "string":
        return {key: value for key, value in given.items() if key not in ("format", "writeOnly")}
    if kind in ("integer", "number", "boolean"):
        limits = {
            key: given.pop(key) for key in list(given) if key not in ("title", "description", "default")
        }
        return {**given, "anyOf": [limits, {"type": "string", "pattern": r"\$\{"}]}
    if kind == "array":
        return _one_or_more(given.pop("items"), **given)
    return given


def _one_or_more(item: Any, **rest: Any) -> dict[str, Any]:
    outside: dict[str, Any] = {}
    for key in ("title", "description", "default"):
        if key in rest:
            outside[key] = rest.pop(key)
    return {**outside, "anyOf": [item, {"type": "array", "items": item, **rest}]}

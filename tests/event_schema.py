"""docs/event.schema.json, ready to check events and messages to webhooks with."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

_DOCS = Path(__file__).parents[1] / "docs"


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_DOCS / name).read_text(encoding="utf-8"))
    return found


SCHEMA = _read("event.schema.json")
_KNOWN: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(_read(name))) for name in ("event.schema.json", "digest.schema.json")
)


def _checking(reference: str) -> jsonschema.Draft202012Validator:
    formats = jsonschema.FormatChecker()
    return jsonschema.Draft202012Validator({"$ref": reference}, registry=_KNOWN, format_checker=formats)


EVENT = _checking("event.schema.json")
MESSAGE = _checking("event.schema.json#/$defs/message")

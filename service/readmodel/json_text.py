"""Plain data as JSON text, the same from commands and from the reading room."""

import json
import re
from datetime import datetime
from typing import Any

# Valid inside JSON strings, yet able to steer a terminal or not encodable at all.
_UNFIT = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def as_json(value: Any, encoding: str | None, indent: int | None = 2) -> str:
    """Return JSON that any terminal and any encoding can carry; every value reads back as it was."""
    readable = (encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not readable, indent=indent, default=_spelled)
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_json_line(value: Any, encoding: str | None) -> str:
    """Return the same on one line."""
    return as_json(value, encoding, indent=None)


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

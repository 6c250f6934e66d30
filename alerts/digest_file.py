"""A digest as a file or for a program: one HTML page that needs nothing beside it, text, Markdown or JSON."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from alerts.charts import chart
from alerts.faces import Templates
from alerts.reading import reading, zone_of

Format = Literal["html", "markdown", "json", "text"]
_ENDINGS: Mapping[Format, str] = {"html": "html", "markdown": "md", "json": "json", "text": "txt"}
_OURS_ONLY = ("figures",)  # what the next digest compares itself with


def file_name(content: Mapping[str, Any], format_: Format) -> str:
    """Name a digest's file by the digest and its day."""
    date = datetime.fromisoformat(content["until"]).astimezone(zone_of(content)).date().isoformat()
    name = re.sub(r"[^\w-]+", "-", content["name"])
    return f"digest-{name}-{date}.{_ENDINGS[format_]}"


def published(content: Mapping[str, Any]) -> dict[str, Any]:
    """Give a digest's facts in their published shape: docs/digest.md and docs/digest.schema.json."""
    return {name: value for name, value in content.items() if name not in _OURS_ONLY}


def whole_digest(content: Mapping[str, Any], format_: Format, templates: Templates) -> str:
    """Give a digest with nothing left out, in one of its formats."""
    if format_ == "json":
        return json.dumps(published(content), ensure_ascii=False, indent=2) + "\n"
    read = reading(content, zone_of(content))
    context = {"subject": read.title, "digest": read, "headed": True, "chart": chart(read.tally)}
    if format_ == "html":
        return templates.render("html", "digest.html", **context, wide=True)
    return templates.render(format_, f"digest.{_ENDINGS[format_]}", **context).strip() + "\n"


def write_digest_file(
    content: Mapping[str, Any], folder: Path, templates: Templates, format_: Format = "html"
) -> Path:
    """Write a whole digest into a folder; give its path."""
    path = folder / file_name(content, format_)
    page = whole_digest(content, format_, templates)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path

"""A digest as a file: one self-contained HTML page, text, Markdown or JSON."""

import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from alerts.digests.stored import ENDINGS, Format, file_name, stored_digest, zone_of
from alerts.domain.display import NAMES_ALONE, Display
from alerts.language.together import nowrap
from alerts.rendering.environments import Templates
from alerts.views.charts import chart
from alerts.views.digest import reading

_OURS_ONLY = ("figures",)  # for comparison in the next digest


def published(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a digest in its published shape: docs/digest.md and docs/digest.schema.json."""
    return {name: value for name, value in content.items() if name not in _OURS_ONLY}


def whole_digest(
    content: Mapping[str, Any], format_: Format, templates: Templates, display: Display = NAMES_ALONE
) -> str:
    """Return a whole digest, with nothing left out, in one of its formats."""
    if format_ == "json":
        return json.dumps(published(content), ensure_ascii=False, indent=2) + "\n"
    read = reading(stored_digest(content), zone_of(content), display)
    context = {"subject": read.title, "digest": read, "headed": True, "chart": chart(read.tally)}
    if format_ == "html":
        return nowrap(templates.render("html", "digest.html", **context, wide=True))
    return templates.render(format_, f"digest.{ENDINGS[format_]}", **context).strip() + "\n"


def write_digest_file(
    content: Mapping[str, Any],
    folder: Path,
    templates: Templates,
    format_: Format = "html",
    display: Display = NAMES_ALONE,
) -> Path:
    """Write a whole digest into a folder and return its path."""
    path = folder / file_name(content, format_)
    page = whole_digest(content, format_, templates, display)
    folder.mkdir(parents=True, exist_ok=True)
    # It holds notes and the names of those to whom records are assigned.
    with open(path, "w", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
        file.write(page)
    return path

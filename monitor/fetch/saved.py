"""Saved pages: read from a file as if they had just been fetched."""

import hashlib
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page
from monitor.fetch.charset import charset_of

SAVED_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".json": "application/json",
    ".xml": "application/xml",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
}
EXPECTED = ".expected.json"  # what a page beside it should give; no page itself


def saved_page(path: Path, now: datetime, settings: SourceSettings) -> Page:
    """Read one saved page. Raises SourceError where there is none, FetchError where it is no page of text."""
    url = path.resolve().as_uri()
    try:
        if path.stat().st_size > settings.max_bytes:
            raise FetchError(
                f"{path} is larger than max_bytes ({settings.max_bytes:,} bytes)", retryable=False
            )
        body = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}; check the path in 'url'") from None
    if not body.strip():
        raise FetchError(f"{path} is empty", retryable=False)
    content_type = SAVED_TYPES.get(path.suffix.lower(), "text/plain")
    return Page(
        url=url,
        final_url=url,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=now,
        content_type=content_type,
        charset=charset_of(body, "", settings.charset),
    )


def is_saved_page(path: Path) -> bool:
    """Return by its name whether a file is a saved page."""
    return path.suffix.lower() in SAVED_TYPES and not path.name.endswith(EXPECTED)


def saved_paths(url: str) -> list[Path]:
    """Return the saved pages that a file or folder address names, sorted by name.

    Raises SourceError where there is nothing.
    """
    path = Path(unquote(urlsplit(url).path)) if url.startswith("file:") else Path(url)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if is_saved_page(file))
        if not found:
            raise SourceError(f"the folder {path} holds no saved page ({', '.join(SAVED_TYPES)})")
        return found
    if not path.exists():
        raise SourceError(f"there is no file or folder {path}; check the path in 'url'")
    return [path]

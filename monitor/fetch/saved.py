"""Saved pages: read from a file as if they had just been fetched."""

import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from html import unescape
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.network import http_date
from monitor.domain.plain_files import read_file
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page
from monitor.fetch.charset import charset_of
from monitor.fetch.file_kinds import kind_of, not_a_page

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
    ".mhtml": "multipart/related",
    ".mht": "multipart/related",
}
_HOST = re.compile(
    r"(?<![^/])(?:[a-z0-9-]+\.)+(?:gov|mil|org|com|net|edu|us|int)(?:[/:?].*)?$", re.IGNORECASE
)
_MOST_PARTS = 5_000  # of an MHTML file; to take these apart takes a second
# To take the settings of a type apart takes the square of their length.
_LONG_TYPE = re.compile(rb"^content-type:(?:[^\n]|\n[ \t]){10000}", re.IGNORECASE | re.MULTILINE)
_INSTEAD = "save the page itself from the browser, as HTML"
EXPECTED = ".expected.json"  # what a page beside it should give; no page itself
_HEAD = 64 * 1024  # characters in which a page states its address and date
# MHTML by its head, whatever the file is named.
_MHTML = re.compile(
    rb"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,12}?Content-Type:\s*multipart/related", re.I
)
# Where a page was saved from: what the browser noted comes before what the publisher wrote.
_ADDRESSES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\A\ufeff?#\s*(https?://\S+)",
        r"<!--\s*saved from url=(?:\(\d+\))?(https?://[^\s>]+)",
        r"<!--\s*Page saved with SingleFile\s+url:\s*(https?://\S+)",
        r"""<meta\b(?=[^>]*\bname=["']?savepage-url\b)[^>]*?\bcontent=["']?(https?://[^"'\s>]+)""",
        r"""<link\b(?=[^>]*\brel=["']?canonical\b)[^>]*?\bhref=["']?(https?://[^"'\s>]+)""",
        r"""<meta\b(?=[^>]*\bproperty=["']?og:url\b)[^>]*?\bcontent=["']?(https?://[^"'\s>]+)""",
    )
)
_SINGLE_FILE_DATE = re.compile(
    r"Page saved with SingleFile.{0,2000}?saved date:\s*\w{3} (.{20} GMT[+-]\d{4})", re.DOTALL
)


def saved_page(path: Path, now: datetime, settings: SourceSettings) -> Page:
    """Read one saved page. Raises SourceError where there is none, FetchError for any other kind of file."""
    url = path.resolve().as_uri()
    try:
        if path.stat().st_size > settings.max_bytes:
            raise FetchError(
                f"{path} is larger than max_bytes ({settings.max_bytes:,} bytes)", retryable=False
            )
        body = read_file(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}; check the path in 'url'") from None
    if not body.strip():
        raise FetchError(f"{path} is empty", retryable=False)
    if what := kind_of(body, charset_of(body, "", settings.charset)):
        raise FetchError(f"{path}: {not_a_page(what)}; {_INSTEAD}", retryable=False)
    content_type = SAVED_TYPES.get(path.suffix.lower(), "text/plain")
    named, address = "", url
    if _is_mhtml(path, body):
        if body.count(b"\n--") > _MOST_PARTS:
            raise FetchError(f"{path} has more than {_MOST_PARTS:,} parts; {_INSTEAD}", retryable=False)
        if _LONG_TYPE.search(body):
            raise FetchError(f"{path} has a Content-Type without end; {_INSTEAD}", retryable=False)
        try:
            archive = cast("EmailMessage", message_from_bytes(body, EmailMessage, policy=policy.compat32))
            found = archive.get_body(("html", "plain"))
        except RecursionError:
            found = None
        if found is None:
            raise FetchError(f"{path} holds no page: it is cut, or no MHTML file", retryable=False)
        body, content_type = cast("bytes", found.get_payload(decode=True)), found.get_content_type()
        named = str(found["content-type"] or "")
        noted = "".join(str(archive["snapshot-content-location"] or found["content-location"] or url).split())
        address = noted if _is_address(noted) else url
    return Page(
        url=url,
        final_url=address,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=now,
        content_type=content_type,
        charset=charset_of(body, named, settings.charset),
    )


def stated_address(page: Page, text: str) -> str | None:
    """Return the web address that a saved page says it is from; `text` is its decoded body."""
    if urlsplit(page.final_url).scheme in ("http", "https"):
        return page.final_url
    found = (pattern.search(text, 0, _HEAD) for pattern in _ADDRESSES)
    stated = (unescape(match[1]) for match in found if match)
    return next(filter(_is_address, stated), None)


def _is_mhtml(path: Path, body: bytes) -> bool:
    named = SAVED_TYPES.get(path.suffix.lower()) == "multipart/related"
    return named or _MHTML.match(body, 0, _HEAD) is not None


def _is_address(written: str) -> bool:
    """Return whether what a page states as its address can be taken apart as one."""
    try:
        return bool(urlsplit(written).scheme)
    except ValueError:
        return False


def saved_at(path: Path, text: str) -> datetime:
    """Return when a page was saved: as the browser noted it in the file, else when the file was written."""
    noted = _SINGLE_FILE_DATE.search(text, 0, _HEAD)
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        if noted:
            return datetime.strptime(noted[1], "%b %d %Y %H:%M:%S GMT%z")
        with path.open("rb") as file:
            begun = file.read(_HEAD)
        if _is_mhtml(path, begun):
            head = BytesHeaderParser(policy=policy.default).parsebytes(begun)
            return http_date(str(head["date"])) or written
    except ValueError:
        pass
    return written


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
        raise SourceError(missing(url))
    return [path]


def missing(address: str) -> str:
    """Return the sentence that a file does not exist, with the web address that was probably meant."""
    host = _HOST.search(address)
    advice = f"for a web page write https://{address[host.start() :]}" if host else "check the path"
    return f"there is no file or folder {address}; {advice}"

"""Archived pages with their times, from folders, WARC files and CDX indexes as web archives give them."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.plain_files import refuse_pipe
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page
from monitor.fetch.answers import media_type
from monitor.fetch.charset import charset_of, decoded
from monitor.fetch.file_kinds import kind_of, not_a_page
from monitor.fetch.inbox import place_of
from monitor.fetch.saved import SAVED_TYPES, stated_address
from monitor.fetch.warc import ArchiveError, MisplacedError, Record, answer_of, block_of, is_warc, records_of

_CDX = (".cdx", ".cdxj")
_TIME = re.compile(r"(?<!\d)(\d{14})(?!\d)")
_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])"
    r"(?:[T_ -]?(\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?Z?)?(?!\d)"
)
_ARCHIVED = re.compile(r"https?://[^/]+/(?:web|wayback)/(\d{14})(?:[a-z]{2}_)?/(https?:/.*)", re.DOTALL)
# What the Wayback Machine adds to a page that it shows, and its prefix of links.
_ADDED = re.compile(
    rb"<!-- BEGIN WAYBACK TOOLBAR INSERT -->.*?<!-- END WAYBACK TOOLBAR INSERT -->"
    rb"|<script[^>]*?(?:web-static\.|//)archive\.org/.{0,4000}?<!-- End Wayback Rewrite JS Include -->"
    rb"|<!--\s+FILE ARCHIVED ON .*?-->|<!--\s+playback timings.*?-->",
    re.DOTALL,
)
_PREFIX = re.compile(rb"(?:(?:https?:)?//web\.archive\.org)?/web/\d{14}(?:[a-z]{2}_)?/(?=https?:|mailto:|//)")
_SOUND = {"200", "-", ""}


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived page. `url` is None where nothing says it."""

    name: str  # for people
    url: str | None
    at: datetime
    body: Path
    content_type: str = "text/html"
    rewritten: bool = False  # links and toolbar of a web archive were taken back


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be imported, and why."""

    name: str
    said: str


Found = Capture | Refused


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of an index."""

    at: datetime
    url: str
    mime: str
    status: str
    file: str


def captures_in(path: Path, spool: Path, most: int) -> Iterator[Found]:
    """Yield the captures in a folder, WARC file or CDX index; bodies of archives are put into `spool`.

    Raises SourceError where there is nothing of this kind.
    """
    try:
        refuse_pipe(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    if path.is_dir():
        yield from _in_folder(path, spool, most)
    elif not path.exists():
        raise SourceError(f"there is no file or folder {path}")
    elif is_warc(path):
        yield from _in_warc(path, spool, most)
    elif path.suffix.lower() in _CDX:
        yield from _by_index(path, spool, most)
    else:
        yield _in_file(path, path.name, {})


def page_of(capture: Capture, settings: SourceSettings) -> Page:
    """Return a capture as a page. Raises FetchError where it is not a page of text."""
    body = capture.body.read_bytes()
    if not body.strip():
        raise FetchError("it is empty", retryable=False)
    charset = charset_of(body, capture.content_type, settings.charset)
    if what := kind_of(body, charset):
        raise FetchError(not_a_page(what), retryable=False)
    if capture.rewritten:
        body = _PREFIX.sub(b"", _ADDED.sub(b"", body))
    url = capture.url or ""
    return Page(
        url,
        url,
        body,
        hashlib.sha256(body).hexdigest(),
        capture.at,
        media_type(capture.content_type),
        charset,
    )


# ---- folders


def _in_folder(folder: Path, spool: Path, most: int) -> Iterator[Found]:
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )
    if not files:
        raise SourceError(f"the folder {folder} is empty")
    rows: dict[datetime, set[_Row]] = defaultdict(set)
    for row in (row for file in files if file.suffix.lower() in _CDX for row in _rows(file)):
        if isinstance(row, _Row):
            rows[row.at].add(row)
    for file in files:
        name = str(file.relative_to(folder))
        if is_warc(file):
            yield from _in_warc(file, spool, most)
        elif file.suffix.lower() in _CDX:
            continue
        elif file.stat().st_size > most:
            yield Refused(name, f"it is larger than max_bytes ({most:,} bytes)")
        else:
            yield _in_file(file, name, rows)


def _in_file(file: Path, name: str, rows: Mapping[datetime, Set[_Row]]) -> Found:
    at = _time_in(name)
    if at is None:
        return Refused(name, "its name has no capture time, such as 20260301120000")
    there, url = rows.get(at, frozenset()), _url_in(name)
    # Pages that were captured in one second are told apart by their paths.
    row = next((one for one in there if len(there) == 1 or place_of(one.url) == place_of(url or "")), None)
    if there and not (row or url):
        return Refused(name, "the index names several addresses for its time")
    if row and row.status not in _SOUND:
        return Refused(name, f"the site answered {row.status} then")
    kind = row.mime if row and "/" in row.mime else SAVED_TYPES.get(file.suffix.lower(), "text/html")
    body = file.read_bytes()
    found = Capture(name, row.url if row else url, at, file, kind, _is_rewritten(body))
    if found.url is None:
        page = Page("", "", body, "", at, kind, charset_of(body, "", None))
        stated = stated_address(page, decoded(page))
        found = replace(found, url=_original(stated)[0] if stated else None)
    return found


def _time_in(name: str) -> datetime | None:
    """Return the capture time in a name; a day alone is noon in UTC."""
    if found := _TIME.search(name):
        return _parsed(found[1])
    if found := _DAY.search(name):
        year, month, day, hour, minute, second = found.groups()
        return _parsed(f"{year}{month}{day}{hour or 12}{minute or '00'}{second or '00'}")
    return None


def _parsed(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _url_in(name: str) -> str | None:
    """Return the address in a path such as 20260301120000/www.example.gov/list/index.html."""
    parts = name.split("/")
    place = next((n for n, part in enumerate(parts) if re.fullmatch(r"\d{14}(?:[a-z]{2}_)?", part)), None)
    if place is None or len(parts) < place + 2 or "." not in parts[place + 1]:
        return None
    rest = "/".join(parts[place + 1 :]).removesuffix("/index.html")
    return f"https://{unquote(rest)}" if len(parts) > place + 2 else None


def _original(url: str) -> tuple[str, datetime | None]:
    """Return the address of a page that a web archive shows under its own, and the time in it."""
    if not (found := _ARCHIVED.fullmatch(url)):
        return url, None
    return re.sub(r"^(https?):/(?!/)", r"\1://", found[2]), _parsed(found[1])


def _is_rewritten(body: bytes) -> bool:
    return bool(_ADDED.search(body) or re.search(rb"web\.archive\.org/web/\d{14}", body))


# ---- archives


def _in_warc(path: Path, spool: Path, most: int, only: frozenset[datetime] | None = None) -> Iterator[Found]:
    last, found = None, list[Found]()
    by_digest: dict[str, Capture] = {}
    try:
        with path.open("rb") as file:
            for record in records_of(file):
                yield from found
                last, found = record, []
                if record.kind in ("response", "revisit", "resource"):
                    found = list(_of_record(record, path.name, spool, most, by_digest, only))
    except ArchiveError as error:
        if last and isinstance(error, MisplacedError) and not last.is_proved:
            found = [Refused(one.name, "its length is not what it says") for one in found]
        name = f"{path.name}, record {last.number if last else 1}"
        found.append(Refused(name, f"{error}; what comes after it was not read"))
    yield from found


def _of_record(
    record: Record,
    file: str,
    spool: Path,
    most: int,
    by_digest: dict[str, Capture],
    only: frozenset[datetime] | None,
) -> Iterator[Found]:
    url, archived_at = _original(record.url)
    at = archived_at or record.at
    name = f"{file}, record {record.number}"
    if at is None or not url.startswith(("http://", "https://")):
        if not url.startswith(("dns:", "whois:", "metadata:", "urn:")):
            yield Refused(name, "it does not say when and where it was captured")
        return
    at = at.replace(microsecond=0)
    if only is not None and at not in only:
        return
    digest = record.headers.get("warc-payload-digest", "")
    if record.kind == "revisit":
        before = by_digest.get(digest)
        if before is None:
            yield Refused(name, "it points at an earlier capture that is not in this file")
        else:
            yield replace(before, name=name, url=url, at=at)
        return
    try:
        status, kind, body = _content(record, most)
    except ArchiveError as error:
        if str(error) == "it is cut off":
            raise
        yield Refused(name, str(error))
        return
    if status != 200:
        what = "redirected" if 300 <= status < 400 else f"answered {status}"
        yield Refused(name, f"the site {what} then")
        return
    kept = spool / hashlib.sha256(body).hexdigest()
    if not kept.exists():
        kept.write_bytes(body)
    capture = Capture(name, url, at, kept, kind, _is_rewritten(body))
    if digest:
        by_digest.setdefault(digest, capture)
    yield capture


def _content(record: Record, most: int) -> tuple[int, str, bytes]:
    """Return the status, type and body in a record. Raises ArchiveError."""
    if record.kind == "resource":
        return 200, record.headers.get("content-type", "text/html"), block_of(record, most)
    answer = answer_of(record, most)
    return answer.status, answer.headers.get("content-type", "text/html"), answer.body


def _by_index(path: Path, spool: Path, most: int) -> Iterator[Found]:
    rows = list(_rows(path))
    yield from (row for row in rows if isinstance(row, Refused))
    sound = [row for row in rows if isinstance(row, _Row)]
    files = dict.fromkeys(row.file for row in sound if row.file)
    if not files:
        raise SourceError(f"{path} names no WARC file; import the folder that holds it and its captures")
    for file in files:
        there = path.parent / Path(file).name
        if _is_there(there):
            yield from _in_warc(there, spool, most, frozenset(row.at for row in sound if row.file == file))
        else:
            yield Refused(file[:100], f"{path.name} names it, and it is not in the folder {path.parent}")


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # no file has such a name
        return False


def _rows(path: Path) -> Iterator[_Row | Refused]:
    """Yield the lines of a CDX or CDXJ file that name a capture."""
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            text = line.decode("utf-8", "replace").strip()
            if not text or text.startswith(("CDX ", "!", "#")):
                continue
            row = _row(text)
            yield row or Refused(f"{path.name}, line {number}", "it names no capture")


def _lines(file: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in file if len(line) < 100_000)


def _row(text: str) -> _Row | None:
    parts = text.split(" ")
    if len(parts) < 3 or (at := _parsed(parts[1])) is None:
        return None
    if parts[2].startswith("{"):
        try:
            said = json.loads(text.split(" ", 2)[2])
        except (ValueError, RecursionError):
            return None
        url, mime, status, file = (str(said.get(name, "")) for name in ("url", "mime", "status", "filename"))
        return _Row(at, url, mime, status, file)
    url, mime, status = (*parts[2:5], "", "")[:3]
    return _Row(at, url, mime, status, parts[-1] if len(parts) >= 9 else "")

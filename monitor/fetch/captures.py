"""Archived pages with their times, from folders, WARC files and CDX indexes as web archives give them."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.plain_files import refuse_pipe
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page
from monitor.fetch.answers import media_type
from monitor.fetch.archive_index import IndexRow, Refused, is_index, rows_of, time_of
from monitor.fetch.charset import charset_of, decoded
from monitor.fetch.file_kinds import kind_of, not_a_page
from monitor.fetch.inbox import place_of
from monitor.fetch.saved import SAVED_TYPES, stated_address
from monitor.fetch.warc import ArchiveError, MisplacedError, Record, answer_of, block_of, is_warc, records_of

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


Found = Capture | Refused


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
        yield from _in_archives({path: None}, spool, most)
    elif is_index(path):
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
    rows: dict[datetime, set[IndexRow]] = defaultdict(set)
    indexes = {file for file in files if is_index(file)}
    for row in (row for file in indexes for row in rows_of(file)):
        if isinstance(row, IndexRow):
            rows[row.at].add(row)
    yield from _in_archives(dict.fromkeys(filter(is_warc, files)), spool, most)
    for file in files:
        name = str(file.relative_to(folder))
        if is_warc(file) or file in indexes:
            continue
        if file.stat().st_size > most:
            yield Refused(name, f"it is larger than max_bytes ({most:,} bytes)")
        else:
            yield _in_file(file, name, rows)


def _in_file(file: Path, name: str, rows: Mapping[datetime, Set[IndexRow]]) -> Found:
    at = _time_in(name)
    if at is None:
        return Refused(name, "its name has no capture time, such as 20260301120000")
    there, url = rows.get(at, frozenset()), _url_in(name)
    # Pages of one second are told apart by their paths; of several rows of one page the good answer counts.
    places = {place_of(one.url) for one in there}
    wanted = places if len(places) == 1 else {place_of(url or "")}
    found = sorted((one for one in there if place_of(one.url) in wanted), key=_order)
    row = found[0] if found else None
    if there and not (row or url):
        return Refused(name, "the index names several addresses for its time")
    if row and row.status not in _SOUND:
        return Refused(name, f"the site answered {row.status} then")
    stated = row is not None and "/" in row.mime and not row.mime.startswith("warc/")
    kind = row.mime if row and stated else SAVED_TYPES.get(file.suffix.lower(), "text/html")
    body = file.read_bytes()
    capture = Capture(name, row.url if row else url, at, file, kind, _is_rewritten(body))
    if capture.url is None:
        page = Page("", "", body, "", at, kind, charset_of(body, "", None))
        address = stated_address(page, decoded(page))
        capture = replace(capture, url=_original(address)[0] if address else None)
    return capture


def _order(row: IndexRow) -> tuple[bool, str, str]:
    return row.status not in _SOUND, row.status, row.url


def _time_in(name: str) -> datetime | None:
    """Return the capture time in a name; a day alone is noon in UTC."""
    if found := _TIME.search(name):
        return time_of(found[1])
    if found := _DAY.search(name):
        year, month, day, hour, minute, second = found.groups()
        return time_of(f"{year}{month}{day}{hour or 12}{minute or '00'}{second or '00'}")
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
    return re.sub(r"^(https?):/(?!/)", r"\1://", found[2]), time_of(found[1])


def _is_rewritten(body: bytes) -> bool:
    return bool(_ADDED.search(body) or re.search(rb"web\.archive\.org/web/\d{14}", body))


# ---- archives


@dataclass(slots=True)
class _Archives:
    """Some WARC files that are read one after the other; what repeats a capture may come before it."""

    spool: Path
    most: int
    originals: dict[object, Capture] = field(default_factory=dict)  # by digest, and by address and time
    repeats: list[tuple[Capture, Sequence[object]]] = field(default_factory=list)

    def read(self, path: Path, rows: Sequence[IndexRow] | None) -> Iterator[Found]:
        """Yield what is in a file, of the times of these rows only where there are any."""
        last: Record | None = None
        found: list[Found] = []
        times = None if rows is None else {row.at for row in rows}
        urls = {row.url for row in rows or ()}
        try:
            with path.open("rb") as file:
                for record in records_of(file):
                    if isinstance(record, MisplacedError):
                        found = found if last and last.is_proved else _without_end(found)
                        continue
                    yield from found
                    last, found = record, []
                    if record.kind in ("response", "revisit", "resource"):
                        found = list(self._of_record(record, path.name, times, urls))
        except ArchiveError as error:
            name = f"{path.name}, record {last.number if last else 1}"
            found.append(Refused(name, f"{error}; what comes after it was not read"))
        yield from found

    def repeated(self) -> Iterator[Found]:
        """Yield what repeats another capture, once all files are read."""
        for one, known_by in self.repeats:
            original = next((self.originals[key] for key in known_by if key in self.originals), None)
            if original is None:
                yield Refused(one.name, "it repeats an earlier capture that is not here")
            else:
                yield replace(original, name=one.name, url=one.url, at=one.at)

    def _of_record(
        self, record: Record, file: str, times: Set[datetime] | None, urls: Set[str]
    ) -> Iterator[Found]:
        url, archived_at = _original(record.url)
        at = archived_at or record.at
        name = f"{file}, record {record.number}"
        if at is None or not url.startswith(("http://", "https://")):
            if not url.startswith(("dns:", "whois:", "metadata:", "urn:")):
                yield Refused(name, "it does not say when and where it was captured")
            return
        at = at.replace(microsecond=0)
        wanted = times is None or at in times
        if not wanted and url not in urls:  # else what is wanted may repeat it
            return
        digest = record.headers.get("warc-payload-digest")
        if record.kind == "revisit":
            if wanted:
                known_by = [digest, _known_by(*record.refers_to)]
                self.repeats.append((Capture(name, url, at, Path()), known_by))
            return
        if "warc-segment-number" in record.headers:
            yield Refused(name, "it is a part of a page, whose other parts are in other records")
            return
        try:
            status, kind, body = _content(record, self.most)
        except ArchiveError as error:
            if str(error) == "it is cut off":
                raise
            yield Refused(name, str(error))
            return
        if status != 200:
            what = "redirected" if 300 <= status < 400 else f"answered {status}"
            yield Refused(name, f"the site {what} then")
            return
        kept = self.spool / hashlib.sha256(body).hexdigest()
        if not kept.exists():
            kept.write_bytes(body)
        capture = Capture(name, url, at, kept, kind, _is_rewritten(body))
        for key in filter(None, (digest, _known_by(record.url, record.at))):
            self.originals.setdefault(key, capture)
        if wanted:
            yield capture


def _without_end(found: Sequence[Found]) -> list[Found]:
    return [Refused(one.name, "its length is not what it says") for one in found]


def _known_by(url: str, at: datetime | None) -> object:
    return (place_of(url), at.replace(microsecond=0)) if at else None


def _in_archives(files: Mapping[Path, Sequence[IndexRow] | None], spool: Path, most: int) -> Iterator[Found]:
    """Yield what is in WARC files, each with the rows of an index that name it, None where all counts."""
    archives = _Archives(spool, most)
    for file, rows in files.items():
        yield from archives.read(file, rows)
    yield from archives.repeated()


def _content(record: Record, most: int) -> tuple[int, str, bytes]:
    """Return the status, type and body in a record. Raises ArchiveError."""
    if record.kind == "resource":
        return 200, record.headers.get("content-type", "text/html"), block_of(record, most)
    answer = answer_of(record, most)
    return answer.status, answer.headers.get("content-type", "text/html"), answer.body


def _by_index(path: Path, spool: Path, most: int) -> Iterator[Found]:
    rows: dict[str, list[IndexRow]] = defaultdict(list)
    for row in rows_of(path):
        if isinstance(row, Refused):
            yield row
        elif row.file:
            rows[row.file].append(row)
    if not rows:
        raise SourceError(f"{path} names no WARC file; import the folder that holds it and its captures")
    there: dict[Path, Sequence[IndexRow]] = {}
    for name, named in rows.items():
        if _is_there(file := path.parent / Path(name).name):
            there[file] = [*there.get(file, ()), *named]
        else:
            yield Refused(name[:100], f"{path.name} names it, and it is not in the folder {path.parent}")
    yield from _in_archives(there, spool, most)


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # no file has such a name
        return False

"""The replica's server: plain state in, the publishers' pages out, with validators and trouble on demand."""

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import cast
from urllib.parse import parse_qsl

from service.demo.fakes.loopback import LoopbackHandler, LoopbackServer, Served
from service.demo.fakes.replica import pages
from service.demo.fakes.replica.pages import AGENCY, LISTING_PATH, ReplicaRow, Sheet, slug
from service.demo.fakes.replica.trouble import HTML, Fault, Trouble, TroubleKind

_IN_PART = (TroubleKind.TRUNCATED, TroubleKind.UNBOUNDED, TroubleKind.DRIP)
_PIECE = 16  # bytes of a slow answer sent at a time


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """One request as it came in and the status it got; 0 where the connection was dropped.

    Header names are in lower case.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out for one request, and how."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    kind: TroubleKind = TroubleKind.ANSWER
    pause: float = 0.0


class ReplicaSite(Served):
    """Both publishers on one loopback address, for as long as the `with` block lasts.

    Change `reports` and `recommendations` in place or replace them: the next request sees it. Reports come
    newest first unless the address asks otherwise; those without a date keep their place at the end.
    A report row may carry `agency_ids`; with that, an agency filter leaves it out where it does not belong.
    `answers` holds one-time faults for the next requests in order (None: answer as usual); it is not spent
    on robots.txt. `faults` holds lasting ones by path prefix, of which the longest counts.
    """

    def __init__(
        self,
        reports: Sequence[ReplicaRow] = (),
        recommendations: Sequence[ReplicaRow] = (),
        *,
        page_size: int = 20,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(_handler_for(self))
        self.reports = list(reports)
        self.recommendations = list(recommendations)
        self.robots: str | None = None
        self.validators = True
        self.documents: dict[str, bytes] = {}  # files by path
        self.page_size = page_size  # of an agency page, in recommendations
        self.listing_page_size = 50
        self.answers: deque[Fault | None] = deque()
        self.faults: dict[str, Fault] = {}
        self.requests: list[RequestSeen] = []
        self._now = now
        self._lock = threading.Lock()
        self._versions: dict[str, tuple[str, datetime]] = {}

    def reply(self, method: str, target: str, headers: dict[str, str]) -> Reply:
        """Decide what one request gets, and note it."""
        path, _, query_text = target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        reply = self._decide(path, target, query, headers)
        with self._lock:
            self.requests.append(RequestSeen(method, path, query, headers, reply.status))
        return reply

    def requests_for(self, path: str) -> list[RequestSeen]:
        """Return the requests that asked for this very path, whatever their query."""
        with self._lock:
            return [seen for seen in self.requests if seen.path == path]

    def _decide(self, path: str, target: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        trouble = self._trouble(path, target)
        kind = trouble.kind if trouble else TroubleKind.ANSWER
        if trouble and kind is TroubleKind.ANSWER:
            return Reply(trouble.status, dict(trouble.headers), trouble.body)
        if trouble and kind is TroubleKind.DROPPED:
            return Reply(0, kind=kind)
        if path in self.documents:
            return self._conditional(target, 200, "application/pdf", self.documents[path], headers)
        status, media_type, text = self._page(path, query, endless=kind is TroubleKind.ENDLESS)
        if trouble and trouble.rewrite:
            text = trouble.rewrite(text)
        reply = self._conditional(target, status, media_type, text.encode(), headers)
        if trouble and kind in _IN_PART and reply.body:
            return Reply(reply.status, reply.headers, reply.body, kind, trouble.pause)
        return reply

    def _trouble(self, path: str, target: str) -> Trouble | None:
        """Take the next one-time fault, else the lasting one with the longest prefix."""
        fault: Fault | None = None
        with self._lock:
            if self.answers and path != "/robots.txt":
                fault = self.answers.popleft()
            else:
                prefix = max((p for p in self.faults if target.startswith(p)), key=len, default=None)
                fault = None if prefix is None else self.faults[prefix]
        return fault(target) if callable(fault) else fault

    def _page(self, path: str, query: dict[str, str], *, endless: bool) -> tuple[int, str, str]:
        """Return status, media type and text of what lives at a path."""
        if path == "/robots.txt" and self.robots is not None:
            return 200, "text/plain; charset=UTF-8", self.robots
        if path == pages.EXPORT_PATH:
            return (
                200,
                "text/csv; charset=UTF-8",
                pages.export(list(filter(_is_open, self.recommendations)), self._exported_at()),
            )
        text = self._html(path, query, endless=endless)
        return (404, HTML, pages.missing_page()) if text is None else (200, HTML, text)

    def _exported_at(self) -> datetime:
        """Return the evening before, when the export was made: it is the same all day."""
        yesterday = self._now() - timedelta(days=1)
        return yesterday.replace(hour=19, minute=5)

    def _html(self, path: str, query: dict[str, str], *, endless: bool) -> str | None:
        if path == "/":
            return pages.home_page()
        if path == LISTING_PATH:
            return self._listing(query, endless=endless)
        if path.startswith("/agencies/"):
            return self._agency(path.removeprefix("/agencies/"), query, endless=endless)
        if path.startswith("/products/"):
            return self._product(path.removeprefix("/products/"))
        return None

    def _listing(self, query: dict[str, str], *, endless: bool) -> str:
        rows = _sorted(_filtered(list(self.reports), query), query)
        return pages.listing_page(_sheet(rows, query, self.listing_page_size, endless=endless))

    def _agency(self, name: str, query: dict[str, str], *, endless: bool) -> str | None:
        known = {
            slug(agency): agency for agency in (AGENCY, *(row["agency"] for row in self.recommendations))
        }
        if name not in known:
            return None
        rows = [row for row in self.recommendations if row["agency"] == known[name] and _is_open(row)]
        return pages.agency_page(known[name], len(rows), _sheet(rows, query, self.page_size, endless=endless))

    def _product(self, number: str) -> str | None:
        rows = [row for row in self.recommendations if row["report_number"].lower() == number]
        return pages.product_page(rows) if rows else None

    def _conditional(
        self, target: str, status: int, media_type: str, body: bytes, headers: dict[str, str]
    ) -> Reply:
        """Add validators to a page, and leave out the page where the visitor has it already."""
        named = {"Content-Type": media_type}
        if status != 200 or not self.validators:
            return Reply(status, named, body)
        etag, modified = self._version(target, body)
        named |= {"ETag": etag, "Last-Modified": format_datetime(modified, usegmt=True)}
        return Reply(304, named) if _has_it(headers, etag, modified) else Reply(status, named, body)

    def _version(self, target: str, body: bytes) -> tuple[str, datetime]:
        """Return a page's ETag and the time since when it has it."""
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        with self._lock:
            before = self._versions.get(target)
            if before is None or before[0] != etag:
                now = self._now().replace(microsecond=0)
                # Two versions within one second must not share a Last-Modified.
                now = now if before is None else max(now, before[1] + timedelta(seconds=1))
                self._versions[target] = (etag, now)
            return self._versions[target]


class _ReplicaHandler(LoopbackHandler):
    """Hands each request to the site and sends what it decides."""

    site: ReplicaSite

    def do_GET(self) -> None:  # noqa: N802 - the name http.server looks for
        """Answer with the page."""
        self._send(self._reply())

    def do_HEAD(self) -> None:  # noqa: N802
        """Answer with the page's headers."""
        reply = self._reply()
        self.send_head(reply.status, reply.headers, len(reply.body))

    def _reply(self) -> Reply:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return self.site.reply(self.command, self.path, headers)

    def _send(self, reply: Reply) -> None:
        if reply.kind is TroubleKind.DROPPED:
            self.close_connection = True
            return
        unbounded = reply.kind is TroubleKind.UNBOUNDED
        self.send_head(reply.status, reply.headers, None if unbounded else len(reply.body))
        if unbounded:
            self.wfile.write(reply.body[: len(reply.body) * 2 // 3])
            self.close_connection = True
        elif reply.kind is TroubleKind.DRIP:
            self._drip(reply)
        elif reply.kind is TroubleKind.TRUNCATED:
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(reply.body)

    def _drip(self, reply: Reply) -> None:
        stopping = cast("LoopbackServer", self.server).stopping
        for start in range(0, len(reply.body), _PIECE):
            self.wfile.write(reply.body[start : start + _PIECE])
            if stopping.wait(reply.pause):
                self.close_connection = True
                return


def _handler_for(site: ReplicaSite) -> type[LoopbackHandler]:
    return type("ReplicaHandler", (_ReplicaHandler,), {"site": site})


def _filtered(rows: list[ReplicaRow], query: dict[str, str]) -> list[ReplicaRow]:
    agency = query.get("field_dhs_agency_target_id", "All")
    if agency == "All":
        return rows
    return [row for row in rows if "agency_ids" not in row or agency in map(str, row["agency_ids"])]


def _sorted(rows: list[ReplicaRow], query: dict[str, str]) -> list[ReplicaRow]:
    """Sort as the address asks; both spellings of a sort key are in use."""
    asked = query.get("order", "issue-date").removeprefix("field_").replace("_", "-")
    name = {"report-number": "report_number", "title": "title", "fy": "fiscal_year"}.get(asked, "issue_date")
    backwards = query.get("sort", "asc" if "order" in query else "desc") == "desc"
    return sorted(rows, key=lambda row: str(row.get(name) or ""), reverse=backwards)


def _sheet(rows: list[ReplicaRow], query: dict[str, str], size: int, *, endless: bool) -> Sheet:
    """Cut the asked page out of all rows; without an end the rows begin again after the last page."""
    asked = query.get("page", "0")
    page = int(asked) if asked.isdecimal() else 0
    last = max(0, (len(rows) - 1) // size)
    start = (page % (last + 1) if endless else page) * size
    return Sheet(rows[start : start + size], query, page, endless or page < last)


def _is_open(row: ReplicaRow) -> bool:
    return str(row["status_text"]).startswith("Open")


def _has_it(headers: dict[str, str], etag: str, modified: datetime) -> bool:
    """Return whether the visitor's validators match; an ETag outranks a date."""
    if "if-none-match" in headers:
        offered = [part.strip().removeprefix("W/") for part in headers["if-none-match"].split(",")]
        return etag in offered or "*" in offered
    if "if-modified-since" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["if-modified-since"]) >= modified
    except (ValueError, TypeError):
        return False

"""Changes and records as the tests of faces and digests need them, in domain words."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from sqlmodel import Session

from monitor.commitments.listing import dated, sorted_by
from monitor.domain.types import ChangeKind, RecordKind
from monitor.store.changes import ChangeView
from monitor.store.models import Change, Check, Record, RecordVersion, Snapshot, SnapshotBody, Source

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
SEEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York
BEFORE_SHA = "1b2f" * 16
AFTER_SHA = "9c0d" * 16

RECOMMENDATION: dict[str, Any] = {
    "report_number": "GAO-24-106148",
    "report_title": "Facial Recognition Services: Federal Law Enforcement Agencies Should Take Actions",
    "recommendation_number": "4",
    "agency": "U.S. Customs and Border Protection",
    "recommendation": "The Commissioner of CBP should assess the agency’s training needs.",
    "status": "open",
    "status_text": "Open",
    "status_comment": "As of March 2024, this recommendation remains open.",
    "priority": None,
    "url": "https://www.gao.gov/products/gao-24-106148",
}
REPORT: dict[str, Any] = {
    "report_number": "OIG-26-18",
    "title": "CBP’s Biometric Exit Program Needs “Better” Oversight under 8 U.S.C. §\xa01365b",
    "abstract": "We determined that CBP’s biometric exit program did not meet its goals.",
    "issue_date": "2026-02-27",
    "fiscal_year": "2026",
    "agency": "U.S. Customs and Border Protection",
    "url": "https://www.oig.dhs.gov/sites/default/files/assets/2026-02/OIG-26-18-Feb26.pdf?a=1&b=2",
}


def view(kind: ChangeKind, **given: Any) -> ChangeView:
    """A change as monitor.store.changes gives it; `fields` are laid over an ordinary record's."""
    is_report = given.pop("report", kind is ChangeKind.NEW_REPORT)
    record_kind = RecordKind.REPORT if is_report else RecordKind.RECOMMENDATION
    fields = {
        **(REPORT if is_report else RECOMMENDATION),
        **given.pop("fields", {}),
        **given.get("after", {}),
    }
    values: dict[str, Any] = {
        "id": 1,
        "source": "dhs-oig" if is_report else "cbp-gao",
        "check_id": 1,
        "record_id": 1 if is_report else 2,
        "record_key": "OIG-26-18" if is_report else "GAO-24-106148 rec 4",
        "before": {},
        "after": {},
        "not_before": SEEN - timedelta(hours=2),
        "seen_at": SEEN,
        "standing_since": None,
        "before_sha256": None if kind.value.startswith("new_") else BEFORE_SHA,
        "after_sha256": AFTER_SHA,
        **given,
    }
    return ChangeView(kind=kind, record_kind=record_kind, fields=fields, **values)


def closed(**given: Any) -> ChangeView:
    """A recommendation that its publisher closed as implemented, with a new comment."""
    return view(
        ChangeKind.STATUS_CHANGED,
        before={
            "status": "open",
            "status_text": "Open",
            "status_comment": "As of March 2024, this recommendation remains open. CBP anticipates "
            "completing these actions by May 2024.",
        },
        after={
            "status": "closed_implemented",
            "status_text": "Closed – Implemented",
            "status_comment": "As of February 2026, this recommendation is implemented. CBP completed "
            "these actions in May 2025.",
        },
        standing_since=datetime(2025, 1, 5, tzinfo=UTC),
        **given,
    )


def comment_updated(**given: Any) -> ChangeView:
    """A recommendation whose comment says another month."""
    return view(
        ChangeKind.COMMENT_UPDATED,
        before={"status_comment": "CBP anticipates completing these actions by May 2024."},
        after={"status_comment": "CBP anticipates completing these actions by March 2026."},
        standing_since=datetime(2025, 1, 5, tzinfo=UTC),
        **given,
    )


def every_kind() -> list[ChangeView]:
    """One change of each kind."""
    return [
        view(ChangeKind.NEW_REPORT),
        view(ChangeKind.NEW_RECOMMENDATION),
        closed(),
        comment_updated(),
        view(
            ChangeKind.TITLE_REVISED, report=True, before={"title": "Old Title"}, after={"title": "New Title"}
        ),
        view(
            ChangeKind.DETAILS_REVISED,
            report=True,
            before={"issue_date": "2026-02", "agency": None},
            after={"issue_date": "2026-02-27", "agency": "CBP"},
        ),
        view(
            ChangeKind.RENUMBERED,
            report=True,
            before={"report_number": "OIG-26-81"},
            after={"report_number": "OIG-26-18"},
        ),
        view(
            ChangeKind.LEFT_LIST,
            before={"status": "open", "status_text": "Open"},
            after={"status": "unknown", "status_text": None},
        ),
        view(ChangeKind.WITHDRAWN, report=True, before={"listed": True}, after={"listed": False}),
        view(ChangeKind.REAPPEARED, report=True, before={"listed": False}, after={"listed": True}),
        document_reissued(),
        view(
            ChangeKind.DOCUMENT_TEXT_CHANGED,
            report=True,
            before={"file_text": "p. 12: CBP did not test the system before it was used."},
            after={"file_text": "p. 12: CBP did not fully test the system before it was used."},
        ),
        view(ChangeKind.DOCUMENT_READ, report=True),
        view(ChangeKind.DOCUMENT_WITHDRAWN, report=True, before={"file_size": 1_198_004}),
        view(ChangeKind.DOCUMENT_RETURNED, report=True),
        view(ChangeKind.PRIORITY_CHANGED, before={"priority": False}, after={"priority": True}),
        promise_passed(),
        no_update(),
    ]


def promise_passed() -> ChangeView:
    """A recommendation whose promised date went by."""
    comment = "CBP anticipates completing these actions by January 2026."
    after = {"promise": "by January 2026", "promised": "January 2026", "due": "2026-01-31"}
    return view(
        ChangeKind.PROMISE_PASSED,
        after={**after, "since": "2025-01-05"},
        fields={"status_comment": comment},
        before_sha256=None,
        not_before=None,
    )


def document_reissued() -> ChangeView:
    """A report whose file was replaced at its address."""
    return view(
        ChangeKind.DOCUMENT_REISSUED,
        report=True,
        before={"file_size": 1_204_331, "file_date": "2026-02-27", "file_sha256": "1b2f" * 16},
        after={"file_size": 1_198_004, "file_date": "2026-03-02", "file_sha256": "9c0d" * 16},
    )


def no_update() -> ChangeView:
    """A recommendation on which nothing was said for fourteen months."""
    after = {"months": 14, "since": "2025-01-05"}
    return view(ChangeKind.NO_UPDATE, after=after, before_sha256=None, not_before=None)


class Story:
    """Writes what monitor would have recorded, in the order in which it happened."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def source(self, key: str = "cbp-gao", **given: Any) -> Source:
        """A source in good health, last checked now."""
        values: dict[str, Any] = {
            "reading": "gao-recommendations 1",
            "created_at": NOW - timedelta(days=60),
            "last_checked_at": NOW,
            "last_accepted_at": NOW,
            "last_outcome": "unchanged",
            "rows": 25,
            "declared_total": 25,
            "complete": True,
            **given,
        }
        return self._added(Source(key=key, **values))

    def check(self, source: Source, at: datetime = SEEN) -> Check:
        """One check of a source with its snapshot."""
        check = self._added(Check(source_id=source.id, started_at=at, finished_at=at, outcome="changed"))
        for sha in (BEFORE_SHA, AFTER_SHA):
            if self.session.get(SnapshotBody, sha) is None:
                self._added(SnapshotBody(sha256=sha, size=1, encoding="zstd", body=b"x"))
        self.session.add(
            Snapshot(
                source_id=source.id, check_id=check.id, url="u", final_url="u", fetched_at=at,
                sha256=AFTER_SHA, content_type="text/html", charset="utf-8",
            )
        )  # fmt: skip
        return check

    def record(
        self, source: Source, key: str, at: datetime = SEEN, *, check: Check | None = None, **fields: Any
    ) -> Record:
        """A recommendation (or, with report=True, a report) of a source."""
        is_report = fields.pop("report", False)
        given = {**(REPORT if is_report else RECOMMENDATION), **fields}
        record: Record = self._added(
            Record(
                source_id=source.id,
                key=key,
                kind="report" if is_report else "recommendation",
                status=given.get("status"),
                fields=given,
                dated=dated(given) or at.date().isoformat(),
                **sorted_by(given),
                fingerprint="f",
                snapshot_sha256=AFTER_SHA,
                first_seen_at=at,
                changed_at=at,
            )
        )
        check = check or self.check(source, at)
        self.session.add(
            RecordVersion(
                record_id=record.id, check_id=check.id, seen_at=at, listed=True,
                snapshot_sha256=AFTER_SHA, fields=given,
            )
        )  # fmt: skip
        return record

    def change(
        self,
        record: Record,
        kind: ChangeKind = ChangeKind.COMMENT_UPDATED,
        at: datetime = SEEN,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        check: Check | None = None,
    ) -> Change:
        """A change of a record, seen by a check of its own where none is given."""
        source = self.session.get_one(Source, record.source_id)
        check = check or self.check(source, at)
        before = before if before is not None else {"status_comment": "Work goes on."}
        after = after if after is not None else {"status_comment": "Work is done."}
        record.fields = {**record.fields, **after}
        for name, value in sorted_by(record.fields).items():
            setattr(record, name, value)
        self.session.add(
            RecordVersion(
                record_id=record.id, check_id=check.id, seen_at=at, listed=True,
                snapshot_sha256=AFTER_SHA, fields=record.fields,
            )
        )  # fmt: skip
        return self._added(
            Change(
                source_id=source.id, record_id=record.id, check_id=check.id, kind=kind.value, before=before,
                after=after, not_before=at - timedelta(hours=2), seen_at=at, before_sha256=BEFORE_SHA,
                after_sha256=AFTER_SHA,
            )
        )  # fmt: skip

    def _added(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row


class Reader(HTMLParser):
    """Reads an HTML face as a mail program does: tags, links, and the words a person sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("span", "ins", "del", "mark", "b"):
            self.words.append(" ")
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", "".join(self.words))

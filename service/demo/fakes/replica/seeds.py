"""Rows for the replica, read from the saved pages that ship with the program.

The saved pages give no dates, links or GAO report numbers. What is filled in here is invented: issue dates
that fit the fiscal year, PDF paths that follow from them, and GAO numbers GAO-24-9000NN beyond any real one.
"""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from monitor.domain.text import comparable_title
from monitor.domain.types import Page, ParsedRecord
from monitor.profiles.parse import parse
from service.demo.fakes.replica.pages import AGENCY, ReplicaRow

REPORTS_SEED = "dhs-oig-audits-cbp.txt"
RECOMMENDATIONS_SEED = "gao-cbp-open-recommendations.txt"

_SERVICE = Path(__file__).resolve().parents[3]
_NUMBER = re.compile(r"OIG-(\d\d)-(\d+)", re.I)


def seed_bytes(name: str) -> bytes:
    """Return a saved page by file name: as packaged with the program, else from the checkout."""
    for folder in (_SERVICE / "seeds", _SERVICE.parent / "seeds"):
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise FileNotFoundError(f"no saved page called {name} came with this program")


def seed_reports() -> list[ReplicaRow]:
    """Return the fifty CBP reports of the saved DHS OIG page, in its order, with invented dates and links."""
    return [row.copy() for row in _reports()]


def seed_recommendations() -> list[ReplicaRow]:
    """Return the ten recommendations of the saved GAO page, in its order, with invented report numbers."""
    return [row.copy() for row in _recommendations()]


@cache
def _reports() -> list[ReplicaRow]:
    text = seed_bytes(REPORTS_SEED).decode()
    records = parse(_saved(REPORTS_SEED), "dhs-oig").records
    return [_report(record, text) for record in records]


@cache
def _recommendations() -> list[ReplicaRow]:
    records = parse(_saved(RECOMMENDATIONS_SEED), "gao-recommendations").records
    numbers: dict[str, str] = {}
    rows = []
    for record in records:
        title = comparable_title(record.fields["report_title"])
        number = numbers.setdefault(title, f"GAO-24-{900001 + len(numbers)}")
        rows.append(_recommendation(record, number))
    return rows


def _saved(name: str) -> Page:
    body = seed_bytes(name)
    digest = hashlib.sha256(body).hexdigest()
    return Page(f"seed:{name}", f"seed:{name}", body, digest, datetime(2026, 1, 1, tzinfo=UTC), "text/plain")


def _report(record: ParsedRecord, text: str) -> ReplicaRow:
    fields = record.fields
    number = str(fields["report_number"])
    issued = _plausible_date(number, int(fields["fiscal_year"]))
    return {
        "report_number": number,
        "title": fields["title"],
        "abstract": _blank_abstract(number, text) if fields["abstract"] is None else fields["abstract"],
        "issue_date": issued.isoformat(),
        "fiscal_year": fields["fiscal_year"],
        "href": f"/sites/default/files/assets/{issued:%Y-%m}/{number}.pdf",
    }


def _blank_abstract(number: str, text: str) -> str | None:
    """Return a no-break space for a blank abstract (as on the page), or None if there is no abstract."""
    return "\u00a0" if re.search(rf"^{re.escape(number)}[ \u00a0]*\n\s*\n>", text, re.M) else None


def _plausible_date(number: str, fiscal_year: int) -> date:
    """Spread a year's reports over its fiscal year, from 1 October on, in the order of their numbers."""
    found = _NUMBER.match(number)
    running = int(found[2]) if found else 0
    return date(fiscal_year - 1, 10, 1) + timedelta(days=running * 2 % 360)


def _recommendation(record: ParsedRecord, report_number: str) -> ReplicaRow:
    fields = record.fields
    return {
        "report_number": report_number,
        "report_title": fields["report_title"],
        "recommendation_number": fields["recommendation_number"],
        "agency": fields["agency"] or AGENCY,
        "recommendation": fields["recommendation"],
        "status_text": fields["status_text"] or "Open",
        "status_comment": fields["status_comment"],
        "priority": bool(fields["priority"]),
    }

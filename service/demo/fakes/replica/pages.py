"""The publishers' markup, made from plain rows. Pure.

Everything is escaped, except that one attribute of the DHS listing is left unquoted: the publisher's own
slip, which spills an abstract into the link's text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

ReplicaRow = dict[str, Any]

LISTING_PATH = "/reports/audits-inspections-and-evaluations"
AGENCY = "United States Customs and Border Protection"
EXPORT_PATH = "/open-recs2-csv"
AGENCY_PATH = "/agencies/united-states-customs-and-border-protection"

_LISTING_TITLE = "Audits, Inspections, and Evaluations"
# Column heading, the field's name in classes and ids, its sort key.
_COLUMNS = (
    ("Report Number", "field-report-number", "report-number"),
    ("Title", "title", "title"),
    ("Issue Date", "field-issue-date", "issue-date"),
    ("Fiscal Year", "field-fy", "fy"),
)
_SORT_MARK = (
    '<span class="tablesort tablesort--asc"><span class="visually-hidden">Sort ascending</span></span>'
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one page of a listing, and what its pager needs. Pages count from 0."""

    rows: Sequence[ReplicaRow]
    query: dict[str, str]  # the address's own, kept in the pager's links
    page: int
    more: bool  # whether a next page is linked


def slug(name: str) -> str:
    """Return a name as GAO's addresses spell it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def listing_page(sheet: Sheet) -> str:
    """Return one page of the DHS OIG listing."""
    head = "".join(_listing_heading(*column) for column in _COLUMNS)
    table = (
        f'<table class="views-table views-view-table cols-4"><thead><tr>{head}</tr></thead><tbody>\n'
        f"{''.join(map(_listing_row, sheet.rows))}</tbody></table>"
    )
    nothing = '<div class="view-empty"><p>There are no results that match your search.</p></div>'
    body = (
        '<a href="#main-content" class="visually-hidden">Skip to main content</a>'
        f'<main id="main-content"><h1>{_LISTING_TITLE}</h1>'
        f'<div class="view-content">{table if sheet.rows else nothing}</div>{_pager(sheet)}</main>'
    )
    return _document(f"{_LISTING_TITLE} | Office of Inspector General", body)


def agency_page(agency: str, total: int, sheet: Sheet) -> str:
    """Return one page of an agency's open recommendations at GAO, headed by the total of all pages."""
    blocks = "".join(
        _block(list(rows)) for _, rows in groupby(sheet.rows, key=lambda row: row["report_number"])
    )
    body = (
        f'<main id="main-content"><h1>{escape(agency)}</h1><div class="jump-to">Jump To:</div>'
        f'<section class="view--recommendations"><h2>Open Recommendations ({total} total)</h2>'
        f"{blocks}</section>{_pager(sheet)}</main>"
    )
    return _document(f"{escape(agency)} | U.S. GAO", body)


def product_page(rows: Sequence[ReplicaRow]) -> str:
    """Return a GAO product page with every recommendation of the report, open or closed."""
    number, title = escape(rows[0]["report_number"]), escape(rows[0]["report_title"])
    asset = f"/assets/{number.lower()}"
    body = (
        f'<main id="main-content"><h1>{title}</h1>'
        f'<span class="d-block text-small"><strong>{number}</strong></span>\n'
        '<section class="view--recommendations--block-1"><div class="view--recommendations--inner">'
        f"<h2>Recommendations for Executive Action</h2>{_recommendation_table(rows)}</div></section>\n"
        f'<a href="{asset}-highlights.pdf">Highlights</a> <a href="{asset}.pdf">Full Report</a></main>'
    )
    meta = f'<meta property="og:title" content="U.S. GAO - {title}">'
    return _document(f"{title} | U.S. GAO", body, meta)


def export(rows: Sequence[ReplicaRow], made_at: datetime) -> str:
    """Return GAO's export of open recommendations, one row each; the last one has no line end."""
    stamp = f"{made_at:%b} {made_at.day}, {made_at:%Y} at {made_at:%I:%M %p} EST"
    head = (
        '"Title: Download of GAO Recommendation Results",,,,,,,,,,\r\n"Prepared by: GAO",,,,,,,,,,\r\n'
        f'"Source: GAO recommendations database, status as of {stamp}" ,,,,,,,,,,\r\n'
        f"{',' * 10}\r\n{',' * 10}\r\n"
        "Publication Name,Publication  Number,Date Publication Issued,Director Name,Director Phone,Agency,"
        "Recommendation,Status,Priority,Comments,Topics"
    )
    return "\n".join((head, *map(_export_row, rows)))


def _export_row(row: ReplicaRow) -> str:
    cells = (
        row["report_title"],
        row["report_number"],
        row.get("issued", "May 13, 2024"),
        "",
        "",
        row["agency"],
        row["recommendation"],
        row["status_text"],
        "Yes" if row["priority"] else "No",
        row["status_comment"],
        row.get("topics", "Homeland Security"),
    )
    return ",".join('"{}"'.format(str(cell).replace('"', '""').replace("&", "&amp;")) for cell in cells)


def home_page() -> str:
    """Return a home page, which lists nothing."""
    return _document("Home", '<main id="main-content"><h1>Welcome</h1></main>')


def missing_page() -> str:
    """Return the page that comes with a 404."""
    return _document("Page not found", '<main id="main-content"><h1>Page not found</h1></main>')


def _document(title: str, body: str, meta: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{meta}<title>{title}</title></head>'
        f"<body>{body}</body></html>\n"
    )


def _listing_heading(label: str, field: str, key: str) -> str:
    active, mark = (" is-active", _SORT_MARK) if key == "issue-date" else ("", "")
    return (
        f'<th id="view-{field}-table-column" class="views-field views-field-{field}{active}" '
        f'scope="col"><a href="?order={key}&amp;sort=asc" title="sort by {label}">{label}{mark}</a></th>'
    )


def _listing_row(row: ReplicaRow) -> str:
    issued = row.get("issue_date")
    cells = (
        _cell("field-report-number", "", f"{escape(row['report_number'] or '')}          "),
        _cell("title", "", _title_link(row)),
        _cell("field-issue-date", " is-active views-align-center", _time(issued) if issued else ""),
        _cell("field-fy", " views-align-center", f"{row.get('fiscal_year') or ''}          "),
    )
    inner = "\n  ".join(cells)
    return f"<tr>\n  {inner}\n</tr>\n"


def _cell(field: str, extra: str, content: str) -> str:
    return (
        f'<td headers="view-{field}-table-column" class="views-field views-field-{field}{extra}">'
        f"{content}</td>"
    )


def _title_link(row: ReplicaRow) -> str:
    """Link a title as the publisher does: an abstract goes into an attribute without quotes."""
    title, abstract, href = escape(row["title"]), row.get("abstract"), row.get("href")
    if not href:
        return f'{title}<span class="hidden"></span>'
    link = f'<a href="{escape(href)}"'
    if abstract is None:
        return f'{link} title=" View the {title} PDF">{title}</a><span class="hidden"></span>'
    return f'{link} title={_paragraphs(abstract)}\n\n>{title}</a><span class="hidden"></span>'


def _paragraphs(text: str) -> str:
    """Return text as paragraphs; a text of blanks as the lone no-break space the publisher sends."""
    if not text.strip():
        return "<p>&nbsp;</p>"
    return "\n\n".join(f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n"))


def _time(issued: str) -> str:
    shown = date.fromisoformat(issued).strftime("%m/%d/%Y")
    return f'<time datetime="{issued}T12:00:00Z" class="datetime">{shown}</time>'


def _block(rows: Sequence[ReplicaRow]) -> str:
    """Return the rows of one report under its linked title."""
    number, title = rows[0]["report_number"], rows[0]["report_title"]
    priority = sum(bool(row.get("priority")) for row in rows)
    flagged = f'<div class="priority-count">{priority} Priority</div>' if priority else ""
    return (
        f'<div class="views-row recommendation-block"><h3><a href="/products/{escape(number.lower())}">'
        f'{escape(title)}</a></h3><button type="button">Show</button>'
        f'<div class="open-count">{len(rows)} Open Recommendations</div>{flagged}'
        f"{_recommendation_table(rows)}</div>"
    )


def _recommendation_table(rows: Sequence[ReplicaRow]) -> str:
    head = "".join(
        f'<th class="views-field views-field-{field}">{label}</th>'
        for label, field in (
            ("Agency Affected", "name"),
            ("Recommendation", "field-recommendation"),
            ("Status", "field-status-code"),
        )
    )
    body = "\n".join(map(_recommendation_row, rows))
    return f'<table class="views-table"><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>'


def _recommendation_row(row: ReplicaRow) -> str:
    flag = '<div class="priority-rec">Priority Rec.</div>' if row.get("priority") else ""
    comment = row.get("status_comment")
    remark = f'<div class="comment">{escape(comment, quote=False)}</div>' if comment else ""
    return (
        f'<tr><td class="views-field views-field-name"><div>{escape(row["agency"])}</div>{flag}</td>'
        '<td class="views-field views-field-field-recommendation">'
        f"<p>{escape(row['recommendation'], quote=False)}</p></td>"
        '<td class="views-field views-field-field-status-code">'
        f'<div class="code">{escape(row["status_text"])}</div>{remark}</td></tr>'
    )


def _pager(sheet: Sheet) -> str:
    """Return the pager; none where everything is on one page, as Drupal does."""
    if sheet.page == 0 and not sheet.more:
        return ""
    here, following = _page_link(sheet.query, sheet.page), _page_link(sheet.query, sheet.page + 1)
    onward = (
        '<li class="pager__item pager__item--next">'
        f'<a href="{following}" title="Go to next page" rel="next">Next</a></li>'
    )
    return (
        '<nav class="pager" role="navigation"><ul class="pager__items js-pager__items">'
        f'<li class="pager__item is-active"><a href="{here}" title="Current page">{sheet.page + 1}</a></li>'
        f"{onward if sheet.more else ''}</ul></nav>"
    )


def _page_link(query: dict[str, str], page: int) -> str:
    return escape("?" + urlencode({**query, "page": str(page)}))

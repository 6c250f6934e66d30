"""Does this look like this source? Says why not, in numbers. Pure; decides nothing about records."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from monitor.types import Page, Parse, ParsedRecord

# Below this many usual rows a fall says nothing: a list of three may well become a list of one.
_FEW = 4
_MUST_BE_FILLED = ("title", "report_title", "recommendation", "status")


def page_reasons(page: Page) -> tuple[str, ...]:
    """Say why a fetched page is not the page asked for, before it is parsed."""
    asked, got = urlsplit(page.url), urlsplit(page.final_url)
    if got.path.strip("/") == "" and asked.path.strip("/") != "":
        return (
            f"{page.url} now leads to the home page {page.final_url}; look for the listing's new address",
        )
    if asked.hostname != got.hostname and _site(asked.hostname) != _site(got.hostname):
        return (f"{page.url} now leads to another site, {page.final_url}; if that is right, change 'url'",)
    return ()


def _site(host: str | None) -> str:
    return ".".join((host or "").rstrip(".").split(".")[-2:])


def parse_reasons(parse: Parse, usual: Mapping[str, Any]) -> tuple[str, ...]:
    """Say why one page's parse does not look like its source's pages."""
    if parse.missing_columns:
        columns = ", ".join(parse.missing_columns)
        return (f"the page no longer has the column(s) {columns}; its layout has probably changed",)
    rows, usual_rows = len(parse.records), int(usual.get("first_page_rows", 0))
    if rows == 0 and not (parse.says_empty and usual_rows < _FEW):
        said = " though the page says that there is nothing" if parse.says_empty else ""
        return (f"no row could be read where {usual_rows or 'some'} are usual{said}",)
    return ()


def check_reasons(
    records: Sequence[ParsedRecord],
    first_page_rows: int,
    usual: Mapping[str, Any],
    min_share: float,
    swept: bool,
) -> tuple[str, ...]:
    """Say why a whole check's records do not look like this source. Empty means: accept.

    `usual` is what `usual_of` gave at the last accepted sweep; empty at the first.
    """
    reasons = []
    measures = [("on the first page", first_page_rows, usual.get("first_page_rows", 0))]
    if swept:
        measures.append(("in all", len(records), usual.get("rows", 0)))
    for where, rows, before in measures:
        if before >= _FEW and rows < before * min_share:
            reasons.append(f"{rows} rows {where} where {before} are usual (fewer than {min_share:.0%})")
    filled = _filled(records)
    for name, share in usual.get("filled", {}).items():
        now = filled.get(name, 0.0)
        if share >= 0.9 and now < 0.5:
            reasons.append(f"only {now:.0%} of the rows have a {name} where {share:.0%} is usual")
    return tuple(reasons)


def usual_of(records: Sequence[ParsedRecord], first_page_rows: int) -> dict[str, Any]:
    """Give what is usual for a source, as an accepted sweep shows it."""
    return {"rows": len(records), "first_page_rows": first_page_rows, "filled": _filled(records)}


def _filled(records: Sequence[ParsedRecord]) -> dict[str, float]:
    """Give, for each field that should never be empty, the share of rows that have it."""
    shares = {}
    for name in _MUST_BE_FILLED:
        having = [record for record in records if name in record.fields]
        if having:
            shares[name] = round(sum(r.fields[name] is not None for r in having) / len(having), 3)
    return shares

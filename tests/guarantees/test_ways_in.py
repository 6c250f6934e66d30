"""Whatever a page is written in, one function makes its changes: no way in is without its alerts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.types import ChangeKind
from tests.checking import Checker

Rows = list[tuple[str, str, str]]  # number, title, link
OLD: Rows = [("OIG-26-01", "Review of Gates", "https://oig.example.gov/files/OIG-26-01.pdf")]
NEW: Rows = [("OIG-26-02", "Review of Locks", "https://oig.example.gov/files/OIG-26-02.pdf"), *OLD]


def _html(rows: Rows) -> str:
    cells = "".join(
        f'<tr><td>{number}</td><td><a href="{link}">{title}</a></td></tr>' for number, title, link in rows
    )
    heads = "<tr><th>Report Number</th><th>Title</th></tr>"
    return f"<html><body><main><table>{heads}{cells}</table></main></body></html>"


def _json(rows: Rows) -> str:
    return json.dumps([{"number": number, "title": title, "url": link} for number, title, link in rows])


def _csv(rows: Rows) -> str:
    lines = "".join(f'{number},"{title}",{link}\n' for number, title, link in rows)
    return f"Report Number,Title,URL\n{lines}"


def _feed(rows: Rows) -> str:
    items = "".join(
        f"<item><title>{title}</title><link>{link}</link></item>" for _number, title, link in rows
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>New</title>{items}</channel></rss>'


@pytest.mark.parametrize(
    ("profile", "name", "written"),
    [("table", "list.html", _html), ("json", "list.json", _json), ("csv", "list.csv", _csv),
     ("feed", "list.xml", _feed)],
)  # fmt: skip
def test_one_new_report_is_the_same_change_by_every_way_in(
    checker: Checker, tmp_path: Path, profile: str, name: str, written: Callable[[Rows], str]
) -> None:
    routed: list[int] = []
    checker.route = lambda _session, settled: routed.extend(settled.change_ids)
    page = tmp_path / name
    page.write_text(written(OLD))
    checker.check(str(page), profile=profile)
    page.write_text(written(NEW))
    checker.check(str(page), profile=profile)

    (change,) = checker.changes()
    told: dict[str, Any] = {key: change.after[key] for key in ("report_number", "title", "url")}
    assert (change.kind, change.record_key) == (ChangeKind.NEW_REPORT, "OIG-26-02")
    assert tuple(told.values()) == NEW[0]
    assert routed == [change.id]
    assert change.before_sha256 != change.after_sha256

"""A table whose headings all change: read on where its rows say what they said, set aside where not."""

import socket

import pytest

from monitor.domain.types import ChangeKind, Outcome
from tests.checking import Checker
from tests.monitor.fetch.sites import ok, serving

_KNOWN = ("Report Number", "Title", "Date Issued")
_OTHERS = ("Report No.", "Report Title", "Issued")


def _page(headings: tuple[str, ...], numbers: range, day: str = "2026") -> bytes:
    head = "".join(f"<th>{one}</th>" for one in headings)
    rows = "".join(
        f"<tr><td>OIG-26-{n}</td><td>Audit of place {n}</td><td>06/{n}/{day}</td></tr>" for n in numbers
    )
    return f"<!doctype html><html><body><table><tr>{head}</tr>{rows}</table></body></html>".encode()


@pytest.mark.sqlite
def test_other_headings_hold_no_news_back_while_the_rows_say_the_same(checker: Checker) -> None:
    page = [_page(_KNOWN, range(10, 20))]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0]))

    with serving(send) as site:
        url = site.url("/list")
        assert checker.check(url, profile="table").outcome is Outcome.BASELINE
        page[0] = _page(_OTHERS, range(10, 20), day="2025")
        settled = checker.check(url, profile="table")
        assert (settled.outcome, "column headings" in settled.reasons[0]) == (Outcome.QUARANTINED, True)
        page[0] = _page(_OTHERS, range(10, 21))
        assert checker.check(url, profile="table").outcome is Outcome.CHANGED
    assert [(one.kind, one.record_key) for one in checker.changes()] == [(ChangeKind.NEW_REPORT, "OIG-26-20")]

"""Without numbers links are keys: a site that moves to https keeps its records, and its news comes."""

import socket

import pytest

from monitor.domain.types import ChangeKind, Outcome
from tests.checking import Checker
from tests.monitor.fetch.sites import ok, serving

_LINK = "http://oig.example/news/{}"
_ITEM = (
    "<item><title>Audit of place {0}</title><link>{1}</link>"
    "<pubDate>Mon, {0:02} Jun 2026 10:00 GMT</pubDate></item>"
)
_ROW = "<tr><td><a href='{1}'>Audit of place {0}</a></td><td>06/{0:02}/2026</td></tr>"
_PAGES = {
    "feed": ("<rss version='2.0'><channel>{}</channel></rss>", _ITEM),
    "table": (
        "<!doctype html><html><body><table><tr><th>Title</th><th>Date</th></tr>{}</table></body></html>",
        _ROW,
    ),
}


def _page(profile: str, link: str, numbers: range) -> bytes:
    page, row = _PAGES[profile]
    return page.format("".join(row.format(one, link.format(one)) for one in numbers)).encode()


@pytest.mark.parametrize("profile", ["feed", "table"])
@pytest.mark.parametrize(
    "link",
    [
        "https://oig.example/news/{}",
        "http://oig.example/news/{}/",
        "http://oig.example/news/{}?utm_source=rss",
        "https://www.agency.example/news/{}/?v=3",
    ],
)
def test_links_that_all_change_in_a_way_that_means_nothing_hold_no_news_back(
    checker: Checker, profile: str, link: str
) -> None:
    page = [_page(profile, _LINK, range(1, 11))]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0]))

    with serving(send) as site:
        url = site.url("/list")
        assert checker.check(url, profile=profile).outcome is Outcome.BASELINE
        page[0] = _page(profile, link, range(1, 11))
        assert checker.check(url, profile=profile).outcome is Outcome.UNCHANGED
        page[0] = _page(profile, link, range(1, 12))
        assert checker.check(url, profile=profile).outcome is Outcome.CHANGED
    assert [(one.kind, one.record_key) for one in checker.changes()] == [
        (ChangeKind.NEW_REPORT, link.format(11))
    ]


@pytest.mark.parametrize("profile", ["feed", "table"])
@pytest.mark.parametrize("moved", ["http://oig.example/archive/x{}", "http://oig.example/news/{};sid=9"])
def test_a_site_that_moves_all_its_files_keeps_its_reports_by_title_and_day(
    checker: Checker, profile: str, moved: str
) -> None:
    page = [_page(profile, _LINK, range(1, 13))]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0]))

    with serving(send) as site:
        url = site.url("/list")
        checker.check(url, profile=profile)
        page[0] = _page(profile, moved, range(1, 13))
        settled = checker.check(url, profile=profile)
        assert settled.outcome is Outcome.UNCHANGED
        assert ["12 records changed their link" in one for one in settled.remarks] == [True]
        page[0] = _page(profile, moved, range(1, 14))
        checker.check(url, profile=profile)
    assert [(one.kind, one.record_key) for one in checker.changes()] == [
        (ChangeKind.NEW_REPORT, moved.format(13))
    ]


@pytest.mark.parametrize("profile", ["feed", "table"])
def test_links_that_all_become_one_page_are_one_remark_and_hold_no_news_back(
    checker: Checker, profile: str
) -> None:
    page = [_page(profile, _LINK, range(1, 11))]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0]))

    with serving(send) as site:
        url = site.url("/list")
        checker.check(url, profile=profile)
        page[0] = _page(profile, "http://oig.example/news", range(1, 12))
        settled = checker.check(url, profile=profile)
        checker.check(url, profile=profile)
    assert ["10 records changed their link" in one for one in settled.remarks] == [True]
    (told,) = checker.changes()
    assert (told.kind, told.after["title"]) == (ChangeKind.NEW_REPORT, "Audit of place 11")

"""Numbers that all gain or lose the same are one notice; those of another list or column are not."""

import socket
from collections.abc import Callable

import pytest

from monitor.domain.types import ChangeKind, Outcome
from tests.checking import Checker
from tests.monitor.fetch.sites import ok, serving

_ROW = "<tr><td>{}</td><td>{}Audit of place {}</td><td>06/{:02}/2026</td></tr>"
_TABLE = (
    "<!doctype html><html><body><table><tr><th>Report Number</th><th>Title</th><th>Date Issued</th></tr>{}"
    "</table></body></html>"
)
_CSV = "Report Number,Title,Date Issued\n{}"


def _table(number: Callable[[int], str], last: int, link: str) -> bytes:
    linked = [_ROW.format(number(n), link and f"<a href='/{n}'>", n, n) for n in range(last, 0, -1)]
    return _TABLE.format("".join(linked)).encode()


def _csv(number: Callable[[int], str], last: int, _link: str) -> bytes:
    return _CSV.format(
        "".join(f"{number(n)},Audit of place {n},06/{n:02}/2026\n" for n in range(last, 0, -1))
    ).encode()


_ALIKE: dict[str, Callable[[int], str]] = {
    "a prefix": lambda n: f"DHS-OIG-26-{n:02}",
    "no prefix": lambda n: f"26-{n:02}",
    "a suffix": lambda n: f"OIG-26-{n:02}-A",
    "a whole year": lambda n: f"OIG-2026-{n:02}",
    "no dashes": lambda n: f"OIG26{n:02}",
}


@pytest.mark.sqlite
@pytest.mark.parametrize("what", sorted(_ALIKE))
@pytest.mark.parametrize(("profile", "link"), [("table", "yes"), ("table", ""), ("csv", "")])
def test_numbers_that_all_change_in_the_same_way_are_one_notice(
    checker: Checker, profile: str, link: str, what: str
) -> None:
    write = _csv if profile == "csv" else _table
    page = [write(lambda n: f"OIG-26-{n:02}", 10, link)]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0], kind="text/csv" if profile == "csv" else "text/html"))

    with serving(send) as site:
        assert checker.check(site.url("/list"), profile=profile).outcome is Outcome.BASELINE
        page[0] = write(_ALIKE[what], 10, link)
        renumbered = checker.check(site.url("/list"), profile=profile)
        assert (renumbered.outcome, renumbered.change_ids) == (Outcome.UNCHANGED, ())
        assert len(renumbered.remarks) == (what != "no dashes")
        page[0] = write(_ALIKE[what], 11, link)
        assert checker.check(site.url("/list"), profile=profile).outcome is Outcome.CHANGED
    assert [(one.kind, one.record_key) for one in checker.changes()] == [
        (ChangeKind.NEW_REPORT, _ALIKE[what](11))
    ]


_OTHERWISE: dict[str, Callable[[int], str]] = {
    "another year": lambda n: f"OIG-19-{n:02}",
    "another word": lambda n: f"GAO-26-{n:02}",
    "days": lambda n: f"6/{n}/2026",
    "files": lambda n: f"PDF {n}",
    "none": lambda _n: "",
}


@pytest.mark.sqlite
@pytest.mark.parametrize("what", sorted(_OTHERWISE))
def test_numbers_of_another_list_or_another_column_are_set_aside(checker: Checker, what: str) -> None:
    page = [_table(lambda n: f"OIG-26-{n:02}", 10, "")]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0]))

    with serving(send) as site:
        checker.check(site.url("/list"), profile="table")
        page[0] = _table(_OTHERWISE[what], 10, "")
        assert checker.check(site.url("/list"), profile="table").outcome is Outcome.QUARANTINED
    assert checker.changes() == []


@pytest.mark.sqlite
def test_numbers_that_a_list_shows_for_the_first_time_are_one_notice(checker: Checker) -> None:
    page = [_table(lambda _n: "", 10, "yes")]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(page[0]))

    with serving(send) as site:
        checker.check(site.url("/list"), profile="table")
        page[0] = _table(lambda n: f"OIG-26-{n:02}", 10, "yes")
        settled = checker.check(site.url("/list"), profile="table")
    assert settled.outcome is Outcome.UNCHANGED
    assert settled.remarks == ("10 records now show report number: recorded, without a message for each",)
    assert checker.changes() == []

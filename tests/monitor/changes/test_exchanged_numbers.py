"""Recommendations of a report whose numbers go to others: one is added or leaves, or two exchange theirs."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

import monitor.fetch.fetcher
from monitor.changes.hold import without_taken_keys
from monitor.domain.types import ChangeKind, Outcome, ParsedRecord
from tests.checking import Checker
from tests.monitor.changes.test_diff import stored
from tests.monitor.changes.test_renumbering import look, recommendation
from tests.monitor.fetch.sites import ok, serving

_TEXTS = ("Count the buoys.", "Train the pilots.", "Inspect the ferries.", "Dredge the harbor.")
_RENUMBERED, _LEFT, _NEW = ChangeKind.RENUMBERED, ChangeKind.LEFT_LIST, ChangeKind.NEW_RECOMMENDATION
_FIRST = "OIG-25-07 rec"


def tracker(*texts: str) -> list[ParsedRecord]:
    return [recommendation(str(number), text) for number, text in enumerate(texts, 1)]


@contextmanager
def tracker_site() -> Iterator[tuple[str, Callable[[Sequence[str]], None]]]:
    """Serve a tracker of the texts; give its address and what shows others."""
    pages = [_page(_TEXTS)]

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(ok(pages[-1]))

    with serving(send) as site:
        yield site.url("/tracker"), lambda texts: pages.append(_page(texts))


def told(
    before: Sequence[ParsedRecord], now: Sequence[ParsedRecord], *, complete: bool = True
) -> list[tuple[ChangeKind, str]]:
    found = look(list(before), list(now), complete=complete)
    return sorted((change.kind, d.key.partition(" #")[0]) for d in found for change in d.changes)


@pytest.mark.parametrize("complete", [True, False])
def test_two_that_exchange_their_numbers_are_renumbered(complete: bool) -> None:
    one, two, *others = _TEXTS
    assert told(tracker(*_TEXTS), tracker(two, one, *others), complete=complete) == [
        (_RENUMBERED, f"{_FIRST} 1"),
        (_RENUMBERED, f"{_FIRST} 2"),
    ]


def test_one_that_is_added_before_others_is_new_and_they_are_renumbered() -> None:
    assert told(tracker(*_TEXTS[1:]), tracker(*_TEXTS)) == sorted(
        [(_NEW, f"{_FIRST} 1"), *((_RENUMBERED, f"{_FIRST} {n}") for n in (2, 3, 4))]
    )


def test_one_that_leaves_before_others_has_left_and_they_are_renumbered() -> None:
    found = look(tracker(*_TEXTS), tracker(*_TEXTS[1:]))
    (gone,) = (d for d in found if d.parsed is None)
    assert [change.kind for change in gone.changes] == [_LEFT]
    assert gone.key.startswith(f"{_FIRST} 1 #")
    assert len({d.key for d in found}) == 4


@pytest.mark.parametrize(
    ("now", "complete"),
    [
        (tracker(*_TEXTS[1:]), False),
        (tracker(*_TEXTS[:2], *_TEXTS[:2]), True),
        (tracker(_TEXTS[0], "Sell the ferries.", *_TEXTS[2:]), True),
    ],
    ids=["a look that is not complete", "two rows of one text", "a text of no other"],
)
def test_what_is_not_surely_another_is_revised(now: list[ParsedRecord], complete: bool) -> None:
    assert _RENUMBERED not in [kind for kind, _ in told(tracker(*_TEXTS), now, complete=complete)]


def test_what_would_take_a_key_that_is_kept_waits() -> None:
    known = stored(tracker(*_TEXTS))
    found = look(tracker(*_TEXTS), tracker(*_TEXTS[1:]))
    assert without_taken_keys(found, known) == found
    assert without_taken_keys([d for d in found if d.parsed], known) == []


def test_numbers_that_go_to_and_fro_leave_each_text_its_record(checker: Checker) -> None:
    one, two, *others = _TEXTS
    with tracker_site() as (url, show):
        checker.check(url, profile="table-recommendations")
        for texts in [(two, one, *others), _TEXTS, (two, one, *others), _TEXTS[1:], _TEXTS[1:]]:
            show(texts)
            assert checker.check(url, profile="table-recommendations").outcome is not Outcome.FAILED
    changes = [(one.kind, one.fields["recommendation"]) for one in checker.changes()]
    assert changes[:2] == [(_RENUMBERED, two), (_RENUMBERED, one)]
    assert {kind for kind, _ in changes} == {_RENUMBERED, _LEFT}
    assert [text for kind, text in changes if kind is _LEFT] == [one]


def test_numbers_wait_for_the_record_that_has_them_where_nothing_proves_that_it_left(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracker_site() as (url, show):
        checker.check(url, profile="table-recommendations")
        show(_TEXTS[1:])
        monkeypatch.setattr(monitor.fetch.fetcher, "end_is_proved", lambda *_: False)
        assert checker.check(url, profile="table-recommendations").outcome is Outcome.PARTIAL
        assert checker.changes() == []
        assert checker.check(url, profile="table-recommendations").outcome is Outcome.CHANGED
    assert sorted(one.kind for one in checker.changes()) == [_LEFT, *[_RENUMBERED] * 3]


def _page(texts: Sequence[str]) -> bytes:
    rows = "".join(
        f"<tr><td>OIG-25-07</td><td>{number}</td><td>{text}</td><td>Open</td></tr>"
        for number, text in enumerate(texts, 1)
    )
    head = "<th>Report Number</th><th>Rec. No.</th><th>Recommendation</th><th>Status</th>"
    return f"<!doctype html><html><body><table><tr>{head}</tr>{rows}</table></body></html>".encode()

"""Pages that are not what they seem, or more than a program can bear: told in words, and never a change."""

import gzip
import re
import tracemalloc
from collections.abc import Callable

import pytest

from monitor.domain.types import Outcome
from service.demo.fakes.replica import ReplicaSite, answer, rewritten
from service.demo.fakes.replica.trouble import Trouble
from tests.checking import Checker

LISTING = "/reports/audits-inspections-and-evaluations"
LOGIN = (
    "<html><head><title>Sign in</title></head><body><h1>Sign in</h1><form><input name=user>"
    "<input type=password name=pass></form></body></html>"
)


def of_other_years(page: str) -> str:
    """Give another listing in the same layout: none of its reports is on the real one."""
    return re.sub(r"OIG-(\d\d)-(\d+)", lambda found: f"OIG-{(int(found[1]) + 50) % 100:02}-{found[2]}", page)


def trouble(site: ReplicaSite, checker: Checker, fault: Trouble) -> str:
    """Let a good check be followed by one in trouble; give the reasons, and hold that nothing changed."""
    assert checker.check(site.url(LISTING)).outcome is Outcome.BASELINE
    site.faults[LISTING] = fault
    settled = checker.check(site.url(LISTING))
    assert settled.outcome in (Outcome.QUARANTINED, Outcome.FAILED)
    assert (settled.change_ids, checker.count()) == ((), 0)
    site.faults.clear()
    assert checker.check(site.url(LISTING)).outcome is Outcome.UNCHANGED
    return "; ".join(settled.reasons)


def test_a_log_in_page_is_no_listing(site: ReplicaSite, checker: Checker) -> None:
    assert "it replaces the real page" in trouble(site, checker, answer(200, LOGIN))


def test_a_compressed_page_that_is_cut_off_is_no_listing(site: ReplicaSite, checker: Checker) -> None:
    body = gzip.compress(site.reply("GET", LISTING, {}).body)
    cut = answer(200, body[: len(body) // 2], {"Content-Encoding": "gzip"})
    assert "the compressed page ends too early" in trouble(site, checker, cut)


def test_a_page_in_the_wrong_charset_is_set_aside(site: ReplicaSite, checker: Checker) -> None:
    # Other bytes than before: the very same ones are not even looked at.
    body = site.reply("GET", LISTING, {}).body.replace(b"</body>", b"<!-- new --></body>")
    wrong = answer(200, body, {"Content-Type": "text/html; charset=windows-1252"})
    said = trouble(site, checker, wrong)
    assert re.search(r"cannot be decoded as cp1252 \(utf-8 is usual\): \d+ rows", said), said


def test_two_listings_that_have_been_swapped_are_set_aside(site: ReplicaSite, checker: Checker) -> None:
    said = trouble(site, checker, rewritten(of_other_years))
    assert "0 of 50 keys on the first page were known before" in said


@pytest.mark.sqlite  # the database does not matter, and it takes long
@pytest.mark.parametrize(
    "make",
    [
        lambda _page: "<div>" * 100_000 + "deep" + "</div>" * 100_000,
        lambda page: page.replace("<tbody>", "<tbody>" + "<div>" * 50_000),
        lambda _page: "<table>" + "<tr><td>" * 20_000,
        lambda _page: "<" * 1_000_000,
        lambda _page: "&" * 1_000_000 + "<a href='" * 100_000,
    ],
    ids=["divs in divs", "a listing in divs", "tables in tables", "only brackets", "open ends"],
)
def test_a_page_of_endless_depth_ends_in_bounded_time(
    make: Callable[[str], str], site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    site.faults[LISTING] = rewritten(make)
    checker.check(site.url(LISTING))
    assert checker.count() == 0


def test_a_page_of_fifty_megabytes_is_left_before_it_is_in_memory(
    site: ReplicaSite, checker: Checker
) -> None:
    checker.check(site.url(LISTING))
    site.faults[LISTING] = answer(200, gzip.compress(b"<p>x</p>" * 6_500_000), {"Content-Encoding": "gzip"})
    tracemalloc.start()
    settled = checker.check(site.url(LISTING), max_bytes=5_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "is larger than max_bytes (5,000,000 bytes)" in settled.reasons[0]
    assert peak < 25_000_000

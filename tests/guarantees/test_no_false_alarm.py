"""Promise 3: no network error, page trouble, cosmetic edit, restart or clock jump produces a change."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.domain.types import Outcome
from service.demo.fakes.replica import (
    ReplicaSite,
    access_denied,
    challenge,
    connection_dropped,
    empty_body,
    maintenance,
    not_found,
    redesign,
    rewritten,
    server_error,
    soft_not_found,
    to_home_page,
    too_many_requests,
    truncated,
    unavailable,
    wrong_content_type,
)
from service.demo.fakes.replica.trouble import Trouble
from tests.checking import Checker

LISTING = "/reports/audits-inspections-and-evaluations"
AGENCY = "/agencies/united-states-customs-and-border-protection"

TROUBLES = {
    "answers 503": unavailable(),
    "answers 500": server_error(),
    "answers 429": too_many_requests(30),
    "answers 404": not_found(),
    "answers 404 with status 200": soft_not_found(),
    "denies access": access_denied(),
    "denies access with status 200": access_denied(200),
    "shows a challenge": challenge(),
    "is under maintenance": maintenance(),
    "sends an empty page": empty_body(),
    "sends a PDF": wrong_content_type(),
    "cuts the page off": truncated(),
    "drops the connection": connection_dropped(),
    "redirects to the home page": to_home_page(),
    "is redesigned": redesign(),
    "loses its table's rows": rewritten(lambda page: page.replace("<tr>", "<!--").replace("</tr>", "-->")),
    "loses its first columns": rewritten(
        lambda page: (
            page.replace("views-field-name", "x")
            .replace("views-field-title", "y")
            .replace(">Title<", ">T<")
            .replace("Agency Affected", "A")
        )
    ),
}


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize("path", [LISTING, AGENCY])
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_a_site_in_trouble_changes_nothing(
    site: ReplicaSite, checker: Checker, path: str, trouble: Trouble
) -> None:
    site.validators = False  # else a 304 would hide the trouble
    checker.check(site.url(path))
    site.faults[path] = trouble
    for _ in range(3):
        assert checker.check(site.url(path)).outcome in (Outcome.FAILED, Outcome.QUARANTINED)
    site.faults.clear()
    assert checker.check(site.url(path)).outcome is Outcome.UNCHANGED
    assert checker.count() == 0


def curly(page: str) -> str:
    return page.replace("&#x27;", "’").replace(" Needs ", "\u00a0Needs  ").replace(" - ", " – ")


def commented(page: str) -> str:
    return page.replace("<tbody>", "<!-- cached 12:00 --><tbody>")


COSMETICS: dict[str, Callable[[str], str]] = {"quotes and blanks": curly, "a comment in the page": commented}


@pytest.mark.sqlite  # it is about pages
@pytest.mark.parametrize("path", [LISTING, AGENCY])
@pytest.mark.parametrize("edit", COSMETICS.values(), ids=COSMETICS.keys())
def test_a_cosmetic_edit_changes_nothing(
    site: ReplicaSite, checker: Checker, path: str, edit: Callable[[str], str]
) -> None:
    checker.check(site.url(path))
    site.faults[path] = rewritten(edit)
    assert checker.check(site.url(path)).outcome is Outcome.UNCHANGED
    assert checker.count() == 0


def test_another_order_of_rows_changes_nothing(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    checker.check(site.url(AGENCY), key="gao")
    site.reports.reverse()
    site.recommendations.reverse()
    assert checker.check(site.url(LISTING)).outcome is Outcome.UNCHANGED
    assert checker.check(site.url(AGENCY), key="gao").outcome is Outcome.UNCHANGED


def test_a_clock_set_back_changes_nothing_and_stops_nothing(site: ReplicaSite, checker: Checker) -> None:
    checker.check(site.url(LISTING))
    checker.clock.advance(timedelta(days=-3))
    assert checker.check(site.url(LISTING)).outcome is Outcome.UNCHANGED
    assert checker.count() == 0
    site.reports.pop()
    checker.clock.advance(timedelta(days=3))
    checker.check(site.url(LISTING))
    assert checker.count() == 1

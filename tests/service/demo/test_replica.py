"""The replica of the publishers' sites, asked over real HTTP and read with the real profiles."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from monitor.domain.types import Page, Parse
from monitor.profiles.parse import parse
from service.demo.fakes.replica import (
    AGENCY_PATH,
    LISTING_PATH,
    Fault,
    ReplicaSite,
    access_denied,
    challenge,
    connection_dropped,
    empty_body,
    endless_paging,
    maintenance,
    not_found,
    redesign,
    redirect_loop,
    rewritten,
    seed_recommendations,
    seed_reports,
    server_error,
    slow_drip,
    soft_not_found,
    to_home_page,
    too_many_requests,
    truncated,
    unavailable,
    wrong_content_type,
)
from tests.clock import FrozenClock


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False, timeout=600) as running:
        yield running


def read(answer: httpx.Response, profile: str) -> Parse:
    url = str(answer.url)
    digest = hashlib.sha256(answer.content).hexdigest()
    return parse(Page(url, url, answer.content, digest, datetime(2026, 3, 2, tzinfo=UTC)), profile)


def report(number: int, **other: object) -> dict[str, object]:
    return {
        "report_number": f"OIG-26-{number}",
        "title": f"Report {number}",
        "abstract": None,
        "issue_date": (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=number)).date().isoformat(),
        "fiscal_year": 2026,
        "href": f"/sites/default/files/assets/2026-01/OIG-26-{number}.pdf",
        **other,
    }


def walk(client: httpx.Client, url: str, profile: str) -> list[Parse]:
    parses: list[Parse] = []
    following: str | None = url
    while following and len(parses) < 10:
        parses.append(read(client.get(following), profile))
        following = parses[-1].next_url
    return parses


def test_the_seed_rows_are_the_saved_pages_rows() -> None:
    reports, recommendations = seed_reports(), seed_recommendations()

    assert len({row["report_number"] for row in reports}) == 50
    assert [row["abstract"] for row in reports].count(None) == 15
    assert [row["abstract"] for row in reports].count("\u00a0") == 8
    assert len(recommendations) == 10
    assert len({row["report_number"] for row in recommendations}) == 6
    assert all(row["report_number"].startswith("GAO-24-9000") for row in recommendations)


def test_the_listing_reads_back_as_the_rows_it_was_made_of(site: ReplicaSite, client: httpx.Client) -> None:
    found = read(client.get(site.url(LISTING_PATH)), "dhs-oig")

    shown = {record.fields["report_number"]: record.fields for record in found.records}
    assert len(shown) == len(found.records) == 50
    assert found.problems == ()
    for row in site.reports:
        fields = shown[row["report_number"]]
        assert (fields["title"], fields["issue_date"]) == (row["title"], row["issue_date"])
        assert fields["fiscal_year"] == row["fiscal_year"]
        assert " ".join((fields["abstract"] or "").split()) == " ".join((row["abstract"] or "").split())
        assert fields["url"] == site.url(row["href"])


def test_the_agency_page_reads_back_as_the_rows_it_was_made_of(
    site: ReplicaSite, client: httpx.Client
) -> None:
    found = read(client.get(site.url(AGENCY_PATH)), "gao-recommendations")

    assert (found.declared_total, len(found.records), found.problems) == (10, 10, ())
    names = ("report_number", "report_title", "recommendation_number", "agency", "recommendation")
    for row, record in zip(site.recommendations, found.records, strict=True):
        assert {name: record.fields[name] for name in names} == {name: row[name] for name in names}
        assert record.fields["status_text"] == "Open"
        assert record.fields["status_comment"] == row["status_comment"]


def test_a_closed_recommendation_leaves_the_agency_page_and_stays_on_its_product_page(
    site: ReplicaSite, client: httpx.Client
) -> None:
    closed = site.recommendations[0]
    closed |= {"status_text": "Closed – Implemented", "status_comment": "CBP <did> so & showed it."}

    listed = read(client.get(site.url(AGENCY_PATH)), "gao-recommendations")
    product = read(
        client.get(site.url(f"/products/{closed['report_number'].lower()}")), "gao-recommendations"
    )

    assert (listed.declared_total, len(listed.records)) == (9, 9)
    settled = {record.fields["recommendation_number"]: record.fields for record in product.records}
    number = closed["recommendation_number"]
    assert settled[number]["status_text"] == "Closed – Implemented"
    assert settled[number]["status_comment"] == "CBP <did> so & showed it."


def test_a_listing_of_120_reports_takes_three_pages_and_its_pager_keeps_the_filters(
    client: httpx.Client,
) -> None:
    with ReplicaSite([report(number) for number in range(120)]) as site:
        url = site.url(f"{LISTING_PATH}?field_dhs_agency_target_id=1&field_fy_value=All")
        parses = walk(client, url, "dhs-oig")

        assert [len(found.records) for found in parses] == [50, 50, 20]
        assert {seen.query["field_dhs_agency_target_id"] for seen in site.requests} == {"1"}


def test_an_agency_page_pages_by_recommendation_and_states_the_total_on_each(
    site: ReplicaSite, client: httpx.Client
) -> None:
    site.page_size = 4

    parses = walk(client, site.url(AGENCY_PATH), "gao-recommendations")

    assert [len(found.records) for found in parses] == [4, 4, 2]
    assert [found.declared_total for found in parses] == [10, 10, 10]


def test_reports_come_newest_first_or_as_the_address_asks(client: httpx.Client) -> None:
    with ReplicaSite([report(2), report(1), report(3)]) as site:
        newest = read(client.get(site.url(LISTING_PATH)), "dhs-oig")
        by_title = read(client.get(site.url(f"{LISTING_PATH}?order=title&sort=desc")), "dhs-oig")

    assert [r.fields["title"] for r in newest.records] == ["Report 1", "Report 2", "Report 3"]
    assert [r.fields["title"] for r in by_title.records] == ["Report 3", "Report 2", "Report 1"]


def test_an_agency_filter_leaves_out_rows_of_other_agencies(client: httpx.Client) -> None:
    with ReplicaSite([report(1, agency_ids=[1]), report(2, agency_ids=[3]), report(3)]) as site:
        found = read(client.get(site.url(f"{LISTING_PATH}?field_dhs_agency_target_id=1")), "dhs-oig")

    assert [r.fields["title"] for r in found.records] == ["Report 1", "Report 3"]


def test_markup_in_a_row_arrives_as_text_and_an_abstract_spills_as_it_does_on_the_real_site(
    client: httpx.Client,
) -> None:
    nasty = report(1, title='"A" <b>& B', abstract="First <i> & more.\n\nSecond.")
    with ReplicaSite([nasty]) as site:
        answer = client.get(site.url(LISTING_PATH))

    assert "title=<p>First &lt;i&gt; &amp; more.</p>\n\n<p>Second.</p>\n\n>&quot;A&quot;" in answer.text
    (record,) = read(answer, "dhs-oig").records
    assert record.fields["title"] == '"A" <b>& B'
    assert record.fields["abstract"].startswith("First <i> & more.")


def test_a_page_without_rows_says_so_itself(client: httpx.Client) -> None:
    with ReplicaSite() as site:
        listing = read(client.get(site.url(LISTING_PATH)), "dhs-oig")
        agency = read(client.get(site.url(AGENCY_PATH)), "gao-recommendations")

    assert (listing.says_empty, listing.records) == (True, ())
    assert (agency.says_empty, agency.declared_total) == (True, 0)


def test_an_unchanged_page_is_answered_304_and_a_changed_one_in_full(
    site: ReplicaSite, client: httpx.Client
) -> None:
    first = client.get(site.url(LISTING_PATH))
    known = {"If-None-Match": first.headers["ETag"]}

    unchanged = client.get(site.url(LISTING_PATH), headers=known)
    site.reports.insert(0, report(7))
    changed = client.get(site.url(LISTING_PATH), headers=known)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_last_modified_is_the_clock_s_and_moves_with_every_version(
    site: ReplicaSite, clock: FrozenClock, client: httpx.Client
) -> None:
    first = client.get(site.url(LISTING_PATH)).headers["Last-Modified"]
    known = {"If-Modified-Since": first}
    clock.advance(timedelta(hours=1))
    assert client.get(site.url(LISTING_PATH), headers=known).status_code == 304

    site.reports.pop()
    changed = client.get(site.url(LISTING_PATH), headers=known)

    assert (first, changed.status_code) == ("Mon, 02 Mar 2026 12:00:00 GMT", 200)
    assert changed.headers["Last-Modified"] == "Mon, 02 Mar 2026 13:00:00 GMT"


def test_a_site_without_validators_sends_the_page_each_time(site: ReplicaSite, client: httpx.Client) -> None:
    etag = client.get(site.url(AGENCY_PATH)).headers["ETag"]
    site.validators = False

    answer = client.get(site.url(AGENCY_PATH), headers={"If-None-Match": etag})

    assert answer.status_code == 200
    assert "ETag" not in answer.headers


def test_robots_txt_is_missing_until_it_is_set_and_spends_no_scripted_answer(
    site: ReplicaSite, client: httpx.Client
) -> None:
    site.answers.append(unavailable())
    assert client.get(site.url("/robots.txt")).status_code == 404
    site.robots = "User-agent: *\nCrawl-delay: 2\n"

    assert client.get(site.url("/robots.txt")).text == site.robots
    assert client.get(site.url(LISTING_PATH)).status_code == 503


@pytest.mark.parametrize("path", ["/reports/unknown", "/agencies/unknown", "/products/gao-24-1", "/x"])
def test_what_is_not_on_the_site_is_404(site: ReplicaSite, client: httpx.Client, path: str) -> None:
    assert client.get(site.url(path)).status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "shown"),
    [
        (unavailable(retry_after=120), 503, "Service Unavailable"),
        (too_many_requests(retry_after=5), 429, "Too Many Requests"),
        (server_error(), 500, "unexpected error"),
        (access_denied(), 403, "Access Denied"),
        (access_denied(200), 200, "Access Denied"),
        (challenge(), 200, "Just a moment"),
        (not_found(), 404, "Page not found"),
        (soft_not_found(), 200, "Page not found"),
        (maintenance(), 200, "under maintenance"),
        (empty_body(), 200, ""),
    ],
)
def test_a_fixed_answer_stands_in_for_the_page_and_shows_no_record(
    site: ReplicaSite, client: httpx.Client, fault: Fault, status: int, shown: str
) -> None:
    site.faults["/reports"] = fault

    answer = client.get(site.url(LISTING_PATH))

    assert answer.status_code == status
    assert shown in answer.text
    assert read(answer, "dhs-oig").records == ()
    assert client.get(site.url(AGENCY_PATH)).status_code == 200


def test_retry_after_is_sent_as_given(site: ReplicaSite, client: httpx.Client) -> None:
    site.answers.extend([unavailable(120), too_many_requests("Mon, 02 Mar 2026 13:00:00 GMT"), None])

    answers = [client.get(site.url(LISTING_PATH)) for _ in range(3)]

    assert [answer.headers.get("Retry-After") for answer in answers] == [
        "120",
        "Mon, 02 Mar 2026 13:00:00 GMT",
        None,
    ]


def test_the_longest_prefix_decides_and_a_function_may_answer(
    site: ReplicaSite, client: httpx.Client
) -> None:
    site.faults["/"] = unavailable()
    site.faults["/reports"] = lambda target: not_found() if "page=1" in target else None

    assert client.get(site.url(AGENCY_PATH)).status_code == 503
    assert client.get(site.url(LISTING_PATH)).status_code == 200
    assert client.get(site.url(f"{LISTING_PATH}?page=1")).status_code == 404


@pytest.mark.parametrize(
    ("path", "profile"), [(LISTING_PATH, "dhs-oig"), (AGENCY_PATH, "gao-recommendations")]
)
def test_a_redesign_keeps_the_words_and_leaves_nothing_to_read(
    site: ReplicaSite, client: httpx.Client, path: str, profile: str
) -> None:
    site.faults[path] = redesign()

    answer = client.get(site.url(path))

    assert "Customs and Border Protection" in answer.text
    assert read(answer, profile).records == ()


def test_a_page_can_be_rewritten_on_its_way_out(site: ReplicaSite, client: httpx.Client) -> None:
    site.faults["/agencies"] = rewritten(lambda page: page.replace("(10 total)", "(25 total)"))

    assert read(client.get(site.url(AGENCY_PATH)), "gao-recommendations").declared_total == 25


def test_another_kind_of_file_may_come_instead_of_the_page(site: ReplicaSite, client: httpx.Client) -> None:
    site.answers.append(wrong_content_type())

    assert client.get(site.url(LISTING_PATH)).headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("fault", [truncated(), connection_dropped()])
def test_an_answer_cut_short_is_an_error_to_the_visitor(
    site: ReplicaSite, client: httpx.Client, fault: Fault
) -> None:
    site.answers.append(fault)

    with pytest.raises(httpx.RemoteProtocolError):
        client.get(site.url(LISTING_PATH))

    assert client.get(site.url(LISTING_PATH)).status_code == 200
    assert [seen.status for seen in site.requests][-1] == 200


def test_a_slow_answer_does_not_hold_up_the_site_s_end() -> None:
    client = httpx.Client(verify=False, timeout=600)
    with client, ExitStack() as stream, ReplicaSite(seed_reports()) as site:
        site.faults["/"] = slow_drip(pause=60)
        answer = stream.enter_context(client.stream("GET", site.url(LISTING_PATH)))
        assert next(answer.iter_raw())


def test_a_moved_page_leads_to_the_home_page(site: ReplicaSite, client: httpx.Client) -> None:
    site.faults["/agencies"] = to_home_page()

    answer = client.get(site.url(AGENCY_PATH), follow_redirects=True)

    assert (answer.status_code, answer.url.path) == (200, "/")
    assert read(answer, "gao-recommendations").records == ()


def test_a_redirect_loop_never_ends(site: ReplicaSite, client: httpx.Client) -> None:
    site.faults["/reports"] = redirect_loop()

    with pytest.raises(httpx.TooManyRedirects):
        client.get(site.url(LISTING_PATH), follow_redirects=True)


@pytest.mark.parametrize(
    ("path", "profile"), [(LISTING_PATH, "dhs-oig"), (AGENCY_PATH, "gao-recommendations")]
)
def test_endless_paging_always_links_a_next_page_with_rows_on_it(
    site: ReplicaSite, client: httpx.Client, path: str, profile: str
) -> None:
    site.faults[path] = endless_paging()

    parses = walk(client, site.url(path), profile)

    assert len(parses) == 10
    assert all(found.records for found in parses)


def test_every_request_is_noted_with_what_it_asked_and_got(site: ReplicaSite, client: httpx.Client) -> None:
    client.get(
        site.url(f"{LISTING_PATH}?page=0&sort=desc"), headers={"User-Agent": "watch (watch@example.org)"}
    )
    client.head(site.url("/nowhere"))

    first, second = site.requests
    assert (first.method, first.path, first.status) == ("GET", LISTING_PATH, 200)
    assert first.query == {"page": "0", "sort": "desc"}
    assert first.headers["user-agent"] == "watch (watch@example.org)"
    assert (second.method, second.status) == ("HEAD", 404)
    assert site.requests_for("/nowhere") == [second]

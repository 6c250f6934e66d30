"""Pages over real loopback HTTP, and saved ones."""

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.charset import charset_of
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.fetch.saved import saved_page, saved_paths
from service.demo.fakes.replica import (
    ReplicaSite,
    connection_dropped,
    empty_body,
    redirect_loop,
    slow_drip,
    too_many_requests,
    truncated,
    unavailable,
    wrong_content_type,
)
from service.demo.fakes.replica.trouble import answer
from tests.clock import FrozenClock

PATH = "/reports/audits-inspections-and-evaluations"
SETTINGS = SourceSettings(url="https://example.org/", allow_private=True)


def at(site: ReplicaSite, **more: Any) -> SourceSettings:
    """Return the settings of a source on a loopback site."""
    return SETTINGS.model_copy(update={"url": site.url("/"), **more})


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def fetcher(clock: FrozenClock, waits: list[float]) -> Iterator[Fetcher]:
    client = make_client("watch@example.org", "1.0")
    with client:
        yield Fetcher(client, clock, Politeness(monotonic=lambda: 0.0, sleep=waits.append))


def test_a_page_comes_as_it_was_with_its_validators(
    site: ReplicaSite, fetcher: Fetcher, clock: FrozenClock
) -> None:
    page = fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert isinstance(page, Page)
    assert b"OIG-14-131" in page.body
    assert page.charset == "utf-8"
    assert page.fetched_at == clock.now
    assert page.validators.etag


def test_an_unchanged_page_is_asked_for_with_conditions_and_not_sent_again(
    site: ReplicaSite, fetcher: Fetcher
) -> None:
    page = fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert isinstance(page, Page)
    assert isinstance(fetcher.fetch(site.url(PATH), page.validators, at(site)), NotModified)
    assert site.requests_for(PATH)[-1].status == 304


def test_we_say_who_we_are(site: ReplicaSite, fetcher: Fetcher) -> None:
    fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert site.requests_for(PATH)[-1].headers["user-agent"] == "OversightWatch/1.0 (+watch@example.org)"


@pytest.mark.parametrize(
    ("fault", "said", "retryable"),
    [
        (unavailable(30), "answered 503", True),
        (too_many_requests(60), "answered 429", True),
        (answer(404), "answered 404", False),
        (answer(403), "answered 403 .*; .* pages saved by hand", False),
        (empty_body(), "empty page", True),
        (wrong_content_type(), "where a page of text was expected", False),
        (truncated(), "could not be read", True),
        (connection_dropped(), "could not be read", True),
        (redirect_loop(), "redirects in a circle", False),
        (answer(200, gzip.compress(b"x" * 9000)[:-9], {"Content-Encoding": "gzip"}), "ends too early", True),
    ],
)
def test_anything_but_a_whole_page_is_an_error_that_says_what_it_was(
    site: ReplicaSite, fetcher: Fetcher, fault: object, said: str, retryable: bool
) -> None:
    site.faults["/reports"] = fault  # type: ignore[assignment]
    with pytest.raises(FetchError, match=said) as caught:
        fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert caught.value.retryable is retryable


def test_the_wait_a_server_asks_for_is_kept(site: ReplicaSite, fetcher: Fetcher) -> None:
    site.faults["/reports"] = too_many_requests(60)
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert caught.value.retry_after == 60


def test_a_page_that_never_ends_is_given_up(site: ReplicaSite, fetcher: Fetcher) -> None:
    site.faults["/reports"] = slow_drip(pause=0.05)
    with pytest.raises(FetchError, match=r"longer than its timeout|did not answer in time"):
        fetcher.fetch(site.url(PATH), Validators(), at(site, timeout=SETTINGS.delay / 10))


def test_a_page_over_the_size_limit_is_refused(site: ReplicaSite, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="larger than max_bytes"):
        fetcher.fetch(site.url(PATH), Validators(), at(site, max_bytes=1000))


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(site: ReplicaSite, fetcher: Fetcher) -> None:
    site.faults["/reports"] = answer(200, gzip.compress(b"0" * 50_000_000), {"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="larger than max_bytes"):
        fetcher.fetch(site.url(PATH), Validators(), at(site))


def test_an_unreachable_host_is_an_error_worth_another_try(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="could not be reached") as caught:
        fetcher.fetch(
            "http://127.0.0.1:9/", Validators(), SourceSettings(url="http://127.0.0.1:9/", allow_private=True)
        )
    assert caught.value.retryable


def test_one_host_is_left_alone_between_two_requests(
    site: ReplicaSite, fetcher: Fetcher, waits: list[float]
) -> None:
    fetcher.fetch(site.url(PATH), Validators(), at(site))
    fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert 2.0 in waits


def test_robots_txt_is_obeyed_and_says_what_else_works(site: ReplicaSite, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /reports\n"
    with pytest.raises(FetchError, match=r"robots\.txt .* asks programs to keep away .* saved by hand"):
        fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert site.requests_for(PATH) == []


def test_robots_txt_that_came_through_a_changing_proxy_is_obeyed(site: ReplicaSite, fetcher: Fetcher) -> None:
    site.faults["/robots.txt"] = answer(203, b"User-agent: *\nDisallow: /reports\n")
    with pytest.raises(FetchError, match=r"robots\.txt .* asks programs to keep away"):
        fetcher.fetch(site.url(PATH), Validators(), at(site))


def test_the_pause_robots_txt_asks_for_is_kept(
    site: ReplicaSite, fetcher: Fetcher, waits: list[float]
) -> None:
    site.robots = "User-agent: *\nCrawl-delay: 7\n"
    for _ in range(2):
        fetcher.fetch(site.url(PATH), Validators(), at(site))
    assert 7.0 in waits


@pytest.mark.parametrize(
    ("body", "header", "declared", "charset"),
    [
        (b"x", "text/html; charset=UTF-8", None, "utf-8"),
        (b"x", "text/html; charset=iso-8859-1", None, "cp1252"),
        (b'<meta charset="windows-1252">', "text/html", None, "cp1252"),
        (b'<meta charset="windows-1252">', "text/html; charset=utf-8", None, "utf-8"),
        (b"x", "text/html", "cp1252", "cp1252"),
        (b"x", "text/html; charset=utf-8", "cp1252", "cp1252"),
        (b'<meta charset="utf-8">', "text/html", "koi8-r", "koi8-r"),
        (b"x", "text/html; charset=utf-8", "nonsense", "utf-8"),
        (b"x", "text/html; charset=nonsense", None, "utf-8"),
        (b"\xef\xbb\xbfx", "text/html; charset=iso-8859-1", None, "utf-8-sig"),
    ],
)
def test_the_charset_is_decided_by_mark_header_meta_and_settings(
    body: bytes, header: str, declared: str | None, charset: str
) -> None:
    assert charset_of(body, header, declared) == charset


def test_a_folder_gives_its_saved_pages_by_name(tmp_path: Path) -> None:
    for name in ("b.html", "a.txt", "notes.md"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in saved_paths(str(tmp_path))] == ["a.txt", "b.html"]
    assert saved_paths((tmp_path / "a.txt").as_uri()) == [tmp_path / "a.txt"]


def test_a_pipe_is_no_saved_page(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "page.html")
    with pytest.raises(SourceError, match="it is a pipe or a device, not a file"):
        saved_page(tmp_path / "page.html", datetime(2026, 3, 2, tzinfo=UTC), SETTINGS)


@pytest.mark.parametrize("between", ["", "\n "])
def test_the_type_of_a_saved_page_has_an_end(tmp_path: Path, between: str) -> None:
    page = tmp_path / "page.mhtml"
    part = "\n\n--x\nContent-Type: text/html\n\n<p>Audit</p>\n--x--\n"
    kind = 'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"'
    page.write_text(kind + part)
    assert saved_page(page, datetime(2026, 3, 2, tzinfo=UTC), SETTINGS).body.strip() == b"<p>Audit</p>"

    page.write_text(kind + f"; a=b{between}" * 2_500 + part)
    with pytest.raises(FetchError, match="has a Content-Type without end"):
        saved_page(page, datetime(2026, 3, 2, tzinfo=UTC), SETTINGS)


def test_a_missing_or_empty_place_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no file or folder .*; check the path"):
        saved_paths(str(tmp_path / "nothing.html"))
    with pytest.raises(SourceError, match=r"for a web page write https://www\.oig\.example\.gov/reports"):
        saved_paths(str(tmp_path / "www.oig.example.gov/reports"))
    with pytest.raises(SourceError, match="holds no saved page"):
        saved_paths(str(tmp_path))
    (tmp_path / "empty.html").write_text(" \n")
    with pytest.raises(FetchError, match="is empty"):
        saved_page(tmp_path / "empty.html", datetime(2026, 3, 2, tzinfo=UTC), SETTINGS)

"""Servers as they really are: their types, encodings, kept connections, cookies and unfinished answers."""

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import brotli
import httpx
import pytest
import zstandard

from monitor.domain.errors import FetchError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page, Validators
from monitor.fetch.client import PageClient, make_client
from monitor.fetch.egress import GuardedTransport
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from tests.clock import FrozenClock
from tests.monitor.fetch.sites import WireSite, ok, serving, until_closed

LIST = b"number,title\n26-01,Locks\n26-02,Keys\n"
PAGE = b"<!doctype html><title>Reports</title><p>Two reports</p></html>"


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


class Ticks:
    """A clock in seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def fetcher(clock: FrozenClock) -> Iterator[Fetcher]:
    with make_client("watch@example.org", "1.0") as client:
        yield Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))


def fetched(fetcher: Fetcher, site: WireSite, path: str = "/list", **given: Any) -> Page:
    settings = SourceSettings.model_validate({"url": site.url("/list"), "allow_private": True, **given})
    page = fetcher.fetch(site.url(path), Validators(), settings)
    assert isinstance(page, Page)
    return page


def of(answer: bytes, fetcher: Fetcher, **given: Any) -> Page:
    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(answer)
        if b"Connection: close" in answer:
            connection.shutdown(socket.SHUT_WR)

    with serving(send) as site:
        return fetched(fetcher, site, **given)


@pytest.mark.parametrize(
    "kind",
    [
        "application/octet-stream",
        "text/comma-separated-values",
        "application/x-csv",
        "text/javascript",
        "application/force-download",
        "TEXT/CSV; header=present",
        "nonsense",
        "",
    ],
)
def test_a_page_of_text_is_read_whatever_its_server_calls_it(fetcher: Fetcher, kind: str) -> None:
    assert of(ok(LIST, kind=kind), fetcher).body == LIST


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"%PDF-1.7\n...", "application/octet-stream", "a PDF"),
        (b"PK\x03\x04...", "text/csv", "a ZIP file"),
        (b"\x00\x01\x02\x03", "application/octet-stream", "a binary file"),
        (b"anything", "application/pdf", "application/pdf"),
        (b"anything", "image/png", "image/png"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_it_is(
    fetcher: Fetcher, body: bytes, kind: str, said: str
) -> None:
    with pytest.raises(FetchError, match=f"sent {said}.* where a page of text was expected. This is a"):
        of(ok(body, kind=kind), fetcher)


def test_a_spreadsheet_in_utf_16_is_text(fetcher: Fetcher) -> None:
    body = LIST.decode().encode("utf-16")
    assert of(ok(body, kind="application/octet-stream"), fetcher).charset == "utf-16"


def test_every_type_is_asked_for_and_those_that_are_read_are_named(clock: FrozenClock) -> None:
    heads: list[bytes] = []

    class Noting(GuardedTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            heads.append(request.headers["accept"].encode())
            return super().handle_request(request)

    with (
        serving(lambda connection, _path: connection.sendall(ok(PAGE))) as site,
        PageClient("reader", Noting(httpx.Limits())) as client,
    ):
        fetched(Fetcher(client, clock, Politeness()), site)
    named = heads[-1].decode().split(", ")
    assert named[-1] == "*/*;q=0.1"
    assert {"text/xml;q=0.9", "application/csv;q=0.9"} <= set(named)


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("gzip", gzipped(LIST[:20]) + gzipped(LIST[20:])),
        ("gzip", b"".join(gzipped(LIST[at : at + 1]) for at in range(len(LIST)))),
        ("x-gzip", gzipped(LIST) + b"\0" * 512),
        ("gzip", gzipped(LIST) + b"left over"),
        ("deflate", zlib.compress(LIST)),
        ("deflate", zlib.compress(LIST)[2:-4]),
        ("zstd", zstandard.compress(LIST[:20]) + zstandard.compress(LIST[20:])),
        ("br", brotli.compress(LIST)),
        ("gzip, br", brotli.compress(gzipped(LIST))),
        ("gzip, deflate", zlib.compress(gzipped(LIST))),
        ("identity", LIST),
        ("UTF-8", LIST),
        ("none", LIST),
        ("binary", LIST),
        ("aws-chunked", LIST),
        ("aws-chunked,gzip", gzipped(LIST)),
        ("identity", gzipped(LIST)),
        ("gzip", LIST),
        ("gzip, gzip", gzipped(LIST)),
        ("gzip, deflate", zlib.compress(LIST)),
    ],
)
def test_a_body_comes_whole_however_it_is_encoded(fetcher: Fetcher, name: str, encoded: bytes) -> None:
    assert of(ok(encoded, f"Content-Encoding: {name}", kind="text/csv"), fetcher).body == LIST


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("gzip", gzipped(LIST[:20]) + gzipped(LIST[20:])[:-4]),
        ("gzip", gzipped(LIST[:20]) + b"\x1f\x8b"),
        ("deflate", zlib.compress(LIST)[:-6]),
        ("zstd", zstandard.compress(LIST * 9)[:-3]),
        ("br", brotli.compress(LIST)[:-3]),
    ],
)
def test_an_encoded_body_that_is_cut_is_no_page(fetcher: Fetcher, name: str, encoded: bytes) -> None:
    with pytest.raises(FetchError, match="ends too early"):
        of(ok(encoded, f"Content-Encoding: {name}", kind="text/csv"), fetcher)


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("gzip", gzipped(LIST)[:-8] + bytes(8)),
        ("deflate", b"plain"),
        ("zstd", zstandard.compress(LIST)[:6] + b"plain"),
        ("br", b"plain text of a page"),
    ],
)
def test_an_encoded_body_that_is_damaged_is_told_in_a_sentence(
    fetcher: Fetcher, name: str, encoded: bytes
) -> None:
    with pytest.raises(FetchError, match="the compressed page is damaged"):
        of(ok(encoded, f"Content-Encoding: {name}", kind="text/csv"), fetcher)


def test_a_page_that_a_proxy_in_between_may_have_changed_is_read(fetcher: Fetcher) -> None:
    answer = ok(LIST, kind="text/csv").replace(b"200 OK", b"203 Non-Authoritative Information")
    assert of(answer, fetcher).body == LIST


@pytest.mark.parametrize(("name", "pack"), [("zstd", zstandard.compress), ("br", brotli.compress)])
def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(
    fetcher: Fetcher, name: str, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"0" * 50_000_000)
    with pytest.raises(FetchError, match="larger than max_bytes"):
        of(ok(bomb, f"Content-Encoding: {name}"), fetcher, max_bytes=1_000_000)


def test_an_encoding_that_is_not_known_is_named(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="the body is in the encoding 'compress', which cannot be read"):
        of(ok(LIST, "Content-Encoding: compress"), fetcher)


@pytest.mark.parametrize(
    ("answer", "proved"),
    [
        (ok(LIST, kind="text/csv"), True),
        (until_closed(LIST, kind="text/csv"), False),
        (until_closed(b"".join([b"24\r\n", LIST, b"\r\n0\r\n\r\n"]), "Transfer-Encoding: chunked"), True),
        (until_closed(PAGE), True),
        (until_closed(PAGE[:-7]), False),
        (until_closed(b'{"items": [1]}\n', kind="application/json"), True),
        (until_closed(b'{"items": [1]', kind="application/json"), False),
        (until_closed(b"<rss><channel></channel></rss>", kind="application/rss+xml"), True),
    ],
)
def test_a_body_proves_its_end_by_its_length_its_last_chunk_or_its_own_last_tag(
    fetcher: Fetcher, answer: bytes, proved: bool
) -> None:
    assert of(answer, fetcher).end_proved is proved


def test_a_kept_connection_that_closes_without_an_answer_is_asked_once_more_on_a_new_one(
    fetcher: Fetcher,
) -> None:
    answered: dict[int, int] = {}

    def two_each(connection: socket.socket, _path: str) -> None:
        port = connection.getpeername()[1]
        answered[port] = answered.get(port, 0) + 1
        if answered[port] > 2:
            connection.close()
            raise OSError
        connection.sendall(ok(PAGE))

    with serving(two_each) as site:
        for number in range(7):
            fetched(fetcher, site, f"/list?page={number}")
    assert site.connections > 1
    assert list(dict.fromkeys(site.asked[1:])) == [f"/list?page={number}" for number in range(7)]


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-"])
def test_a_new_connection_that_closes_is_not_asked_again_and_an_answer_begun_neither(
    fetcher: Fetcher, begun: bytes
) -> None:
    def close(connection: socket.socket, path: str) -> None:
        if path == "/list?page=1" or not begun:
            connection.sendall(begun)
            connection.close()
            raise OSError
        connection.sendall(ok(PAGE))

    with serving(close) as site:
        if begun:
            fetched(fetcher, site)
        with pytest.raises(FetchError, match="could not be read"):
            fetched(Fetcher(fetcher._client, fetcher._clock, Politeness()), site, "/list?page=1")
    assert site.asked.count("/list?page=1") in (1, 2)  # without robots.txt's connection it is a kept one


def test_cookies_belong_to_one_check_of_one_source(clock: FrozenClock) -> None:
    heads: list[str | None] = []

    class Noting(GuardedTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path != "/robots.txt":
                heads.append(request.headers.get("cookie"))
            return super().handle_request(request)

    answer = ok(PAGE, "Set-Cookie: filter=cbp; Path=/")
    with (
        serving(lambda connection, _path: connection.sendall(answer)) as site,
        PageClient("reader", Noting(httpx.Limits())) as client,
    ):
        shared = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        for check in (shared.for_check(), shared.for_check()):
            fetched(check, site)
            fetched(check, site, "/list?page=1")
    assert heads == [None, "filter=cbp", None, "filter=cbp"]


# ---- the time limit


@contextmanager
def limited(clock: FrozenClock, ticks: Ticks, resolve: Any = socket.getaddrinfo) -> Iterator[Fetcher]:
    with PageClient("reader", GuardedTransport(httpx.Limits(), resolve), ticks) as client:
        yield Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
    ids=["headers", "1xx answers", "chunks", "a body"],
)
def test_the_time_limit_of_a_source_covers_whatever_a_server_drips(
    clock: FrozenClock, first: bytes, again: bytes
) -> None:
    ticks = Ticks()

    def drip(connection: socket.socket, _path: str) -> None:
        connection.sendall(first)
        while True:
            ticks.now += 5
            connection.sendall(again)
            threading.Event().wait(0.001)  # so that the bytes come one by one

    with (
        serving(drip) as site,
        limited(clock, ticks) as fetcher,
        pytest.raises(FetchError, match="did not answer in time") as caught,
    ):
        fetched(fetcher, site, timeout="60s")
    assert caught.value.retryable


def test_headers_without_end_are_given_up_before_the_time_limit(clock: FrozenClock) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000

    def flood(connection: socket.socket, _path: str) -> None:
        while True:
            connection.sendall(hints)

    with (
        serving(flood) as site,
        limited(clock, Ticks()) as fetcher,
        pytest.raises(FetchError, match="headers without end"),
    ):
        fetched(fetcher, site)


def test_a_name_server_that_does_not_answer_takes_no_longer_than_the_limit(clock: FrozenClock) -> None:
    ticks, answered = Ticks(), threading.Event()

    def silent(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        ticks.now += 19.9
        answered.wait(300)
        return []

    source = SourceSettings(url="http://www.example.gov/")
    with limited(clock, ticks, silent) as fetcher:
        with pytest.raises(FetchError, match=r"the name server did not answer|in time"):
            fetcher.fetch(source.url, Validators(), source)
        answered.set()

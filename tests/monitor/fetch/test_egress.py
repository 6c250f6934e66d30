"""Where a source may send us: nowhere but to the public internet, unless it is allowed in so many words."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx
import pytest

from monitor.domain.errors import FetchError
from monitor.domain.network import is_public
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Outcome, Page, Validators
from monitor.fetch.client import PageClient, make_client, places_of
from monitor.fetch.egress import AddressRefused, GuardedBackend, GuardedTransport, allowing_private
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from service.demo.fakes.replica import ReplicaSite
from service.demo.fakes.replica.trouble import answer
from tests.checking import Checker
from tests.clock import FrozenClock

LISTING = "/reports/audits-inspections-and-evaluations"
METADATA = "http://169.254.169.254/latest/meta-data/"

# Every way to write, or to wrap, an address that is not of the public internet.
PRIVATE = {
    "127.0.0.1": "this machine's own address",
    "localhost": "this machine's own address",
    "[::1]": "this machine's own address",
    "[::]": "this machine's own address",
    "[::ffff:127.0.0.1]": "this machine's own address",
    "[::127.0.0.1]": "this machine's own address",
    "[64:ff9b::7f00:1]": "this machine's own address",
    "[2002:7f00:1::]": "this machine's own address",
    "0x7f000001": "this machine's own address",
    "2130706433": "this machine's own address",
    "127.1": "this machine's own address",
    "0.0.0.0": "this machine's own address",
    "10.0.0.1": "a private address",
    "172.16.0.1": "a private address",
    "192.168.1.1": "a private address",
    "0xa000001": "a private address",
    "[fd00::1]": "a private address",
    "[::ffff:10.0.0.1]": "a private address",
    "169.254.169.254": "a link-local address",
    "2852039166": "a link-local address",
    "[fe80::1]": "a link-local address",
    "100.64.0.1": "an address shared behind a provider's router",
    "224.0.0.1": "a multicast address",
    "[ff02::1]": "a multicast address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "[fec0::1]": "no address of the public internet",
    "[64:ff9b:1::7f00:1]": "a reserved address",
}


def settings(**given: Any) -> SourceSettings:
    return SourceSettings.model_validate({"url": "https://example.org/", "delay": "1s", **given})


@pytest.fixture
def fetcher(clock: FrozenClock) -> Iterator[Fetcher]:
    with make_client("watch@example.org", "1.0") as client:
        yield Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))


def refusal(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url, Validators(), settings())
    assert not caught.value.retryable
    return caught.value


@pytest.mark.parametrize(("host", "kind"), PRIVATE.items(), ids=PRIVATE.keys())
def test_an_address_that_is_not_public_is_refused_with_what_it_is_and_what_would_allow_it(
    fetcher: Fetcher, host: str, kind: str
) -> None:
    said = str(refusal(fetcher, f"http://{host}:9/listing"))
    assert said.startswith(f"http://{host}:9/listing leads to ")
    assert kind in said
    assert "'allow_private: true'" in said


def test_an_octal_address_is_refused(fetcher: Fetcher) -> None:
    assert "is not a valid address" in str(refusal(fetcher, "http://0177.0.0.1:9/listing"))
    with pytest.raises(AddressRefused, match="this machine's own"):
        GuardedBackend().connect_tcp("0177.0.0.1", 9)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
)
def test_an_address_of_the_public_internet_is_not_refused(address: str) -> None:
    assert is_public(ip_address(address))


def test_nothing_reaches_a_private_place_not_even_the_question_for_robots_txt(
    site: ReplicaSite, fetcher: Fetcher
) -> None:
    refusal(fetcher, site.url(LISTING))
    assert site.requests == []


def test_a_source_that_may_go_there_does(site: ReplicaSite, fetcher: Fetcher) -> None:
    found = fetcher.fetch(
        site.url(LISTING), Validators(), settings(url=site.url(LISTING), allow_private=True)
    )
    assert isinstance(found, Page)


def test_a_connection_of_an_allowed_source_serves_no_other_source(
    site: ReplicaSite, fetcher: Fetcher
) -> None:
    fetcher.fetch(site.url(LISTING), Validators(), settings(url=site.url(LISTING), allow_private=True))
    before = len(site.requests)
    refusal(fetcher, site.url(LISTING))
    assert len(site.requests) == before


# ---- redirects and names: a name server of our own says that the replica's host is public


class Names:
    """A name server that gives its answers in order, and repeats the last."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, _host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        said = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in said.split()]


class Diverted(httpcore.NetworkBackend):
    """Stands in for the internet: notes where the guard connects to, and leads there to the replica."""

    def __init__(self, port: int) -> None:
        self.port, self.connected, self.dead = port, list[str](), set[str]()

    def connect_tcp(self, host: str, _port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self.connected.append(host)
        if host in self.dead:
            raise httpcore.ConnectError("refused")
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port)


def port_of(site: ReplicaSite) -> int:
    return int(site.url("").rstrip("/").rpartition(":")[2])


def guarded(port: int, names: Names) -> tuple[PageClient, Diverted]:
    transport, internet = GuardedTransport(httpx.Limits(), names), Diverted(port)
    guard = transport._guarded._pool._network_backend  # type: ignore[attr-defined]
    guard._network = internet
    return PageClient("guarded", transport), internet


def test_the_guard_is_where_httpx_makes_its_connections() -> None:
    """Fails where httpx keeps its backend elsewhere: the guard would then be passed by."""
    asked = []

    def resolve(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with httpx.Client(transport=GuardedTransport(httpx.Limits(), resolve), timeout=600) as client:
        for scheme in ("http", "https"):
            with pytest.raises(AddressRefused):
                client.get(f"{scheme}://www.example.gov/")
    assert asked == ["www.example.gov", "www.example.gov"]


def test_a_name_is_asked_for_once_and_the_address_that_was_looked_at_is_the_one_connected_to(
    site: ReplicaSite,
) -> None:
    names = Names("93.184.215.14", "127.0.0.1")
    client, internet = guarded(port_of(site), names)
    with client:
        assert client.get(f"http://rebinding.example{LISTING}").status_code == 200
        assert (names.asked, internet.connected) == (1, ["93.184.215.14"])
        client.get(f"http://rebinding.example{LISTING}")
        assert names.asked == 1  # the connection is kept
    client, internet = guarded(1, Names("127.0.0.1"))
    with client, pytest.raises(AddressRefused):
        client.get("http://rebinding.example/")
    assert internet.connected == []


def test_of_several_addresses_only_public_ones_are_tried_and_not_for_ever(site: ReplicaSite) -> None:
    port = port_of(site)
    client, internet = guarded(port, Names("10.0.0.1 93.184.215.14 127.0.0.1 93.184.215.15"))
    internet.dead = {"93.184.215.14"}
    with client:
        assert client.get(f"http://many.example{LISTING}").status_code == 200
    assert internet.connected == ["93.184.215.14", "93.184.215.15"]
    client, internet = guarded(port, Names(" ".join(f"93.184.215.{n}" for n in range(100))))
    internet.dead = {f"93.184.215.{n}" for n in range(100)}
    with client, pytest.raises(httpx.ConnectError):
        client.get("http://many.example/")
    assert len(internet.connected) == 4


def test_a_name_that_does_not_exist_is_an_unreachable_host(clock: FrozenClock) -> None:
    def unknown(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    with PageClient("guarded", GuardedTransport(httpx.Limits(), unknown)) as client:
        fetcher = Fetcher(client, clock, Politeness())
        with pytest.raises(FetchError, match=r"could not be reached.*not known") as caught:
            fetcher.fetch("http://www.example.gov/", Validators(), settings())
    assert caught.value.retryable


@pytest.mark.parametrize("target", [METADATA, "http://[::ffff:169.254.169.254]/", "http://0x7f000001/"])
@pytest.mark.parametrize("path", ["/robots.txt", LISTING])
def test_a_public_page_that_redirects_to_a_private_place_is_refused(
    site: ReplicaSite, clock: FrozenClock, path: str, target: str
) -> None:
    class PublicThenReal(Names):
        def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
            return super().__call__(host, port) if host == "public.example" else real(host, port)

    def real(host: str, port: int) -> list[tuple[Any, ...]]:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    site.faults[path] = answer(302, b"", {"Location": target})
    client, internet = guarded(port_of(site), PublicThenReal("93.184.215.14"))
    with client:
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        said = str(refusal(fetcher, f"http://public.example{LISTING}"))
    assert said.startswith(f"http://public.example{LISTING} leads to ")
    assert set(internet.connected) == {"93.184.215.14"}


def test_what_a_request_may_do_is_kept_over_its_redirects(site: ReplicaSite) -> None:
    site.faults[LISTING] = answer(302, b"", {"Location": "/agencies/somewhere"})
    with make_client(None, "1.0") as client:
        client.get(site.url(LISTING), extensions=allowing_private(True))
    assert [seen.path for seen in site.requests] == [LISTING, "/agencies/somewhere"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1:70/x", "ftp://127.0.0.1/x"])
def test_a_page_may_lead_to_nothing_but_http_even_where_private_places_are_allowed(
    fetcher: Fetcher, url: str
) -> None:
    with pytest.raises(FetchError, match="could not be"):
        fetcher.fetch(url, Validators(), settings(allow_private=True))


def test_a_check_of_a_private_source_fails_in_a_sentence_and_records_nothing(
    site: ReplicaSite, checker: Checker
) -> None:
    settled = checker.check(site.url(LISTING), allow_private=False)
    assert settled.outcome is Outcome.FAILED
    assert "allow_private: true" in settled.reasons[0]
    assert not settled.retryable


def test_a_user_and_password_in_a_sources_address_are_refused_without_being_repeated() -> None:
    with pytest.raises(ValueError, match="names a user") as caught:
        settings(url="https://anna:hunter2@www.example.gov/reports")
    assert "hunter2" not in str(caught.value.errors(include_input=False))  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", ["a redirect", "a link to the next page"])
def test_an_allowed_source_opens_its_own_host_and_port_and_no_other_private_place(
    site: ReplicaSite, fetcher: Fetcher, way: str
) -> None:
    other = "http://127.0.0.1:9/secrets"
    own = settings(url=site.url(LISTING), allow_private=True)
    asked = other
    if way == "a redirect":
        site.faults[LISTING] = answer(302, b"", {"Location": other})
        asked = site.url(LISTING)
    with pytest.raises(AddressRefused, match="only opens the host and port of the source's own 'url'"):
        fetcher.fetch(asked, Validators(), own)


def test_the_usual_ports_of_http_and_https_are_one_place() -> None:
    assert places_of("http://intranet.example/a") == places_of("https://intranet.example:443/b")
    assert places_of("http://intranet.example:8080/").isdisjoint(places_of("http://intranet.example/"))

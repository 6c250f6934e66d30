"""A proxy and certificate authorities of one's own, from the watch file or from the environment."""

import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from monitor.domain.errors import FetchError, SourceError
from monitor.domain.settings import SourceSettings
from monitor.domain.types import Page, Validators
from monitor.fetch.client import make_client
from monitor.fetch.egress import AddressRefused
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from monitor.fetch.routes import routes, trust
from tests.clock import FrozenClock
from tests.monitor.fetch.sites import ok, serving

PAGE = b"<!doctype html><p>Reports</p></html>"
_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_NAMES, "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def way(url: str, proxy: str | None = None) -> str | None:
    return routes(proxy, None).proxy_for(httpx.URL(url))


def test_the_environments_proxy_is_used_by_scheme_and_not_where_no_proxy_names_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert way("https://www.example.gov/") == "http://proxy.example:3128"
    assert way("http://www.example.gov/") is None
    monkeypatch.setenv("ALL_PROXY", "http://all.example:3128")
    assert way("http://www.example.gov/") == "http://all.example:3128"
    for exempt in ("example.gov", ".example.gov", "*.example.gov", "other.org, www.example.gov:443", "*"):
        monkeypatch.setenv("NO_PROXY", exempt)
        assert way("https://www.example.gov/") is None, exempt
    for other in ("ample.gov", "example.gov:8443", ""):
        monkeypatch.setenv("NO_PROXY", other)
        assert way("https://www.example.gov/") == "http://proxy.example:3128", other


def test_the_watch_files_proxy_wins_over_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert way("https://www.example.gov/", "http://own.example:8080") == "http://own.example:8080"


@pytest.mark.parametrize("proxy", ["socks5://me:secret@proxy.example", "proxy.example:3128", "http://"])
def test_what_is_not_the_address_of_a_proxy_is_refused_without_being_repeated(proxy: str) -> None:
    with pytest.raises(SourceError, match="proxy is not the address of a proxy") as caught:
        routes(proxy, None)
    assert "secret" not in str(caught.value)


def test_a_page_comes_through_the_proxy_by_its_whole_address(clock: FrozenClock) -> None:
    with (
        serving(lambda connection, _path: connection.sendall(ok(PAGE))) as proxy,
        make_client(None, "1.0", f"http://127.0.0.1:{proxy.port}") as client,
    ):
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        source = SourceSettings(url="http://www.example.gov/list")
        assert isinstance(fetcher.fetch(source.url, Validators(), source), Page)
    assert proxy.asked == ["http://www.example.gov/robots.txt", "http://www.example.gov/list"]


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f000001", "localhost", "[::1]", "169.254.169.254", "10.1"])
def test_a_proxy_is_not_asked_for_a_private_address(clock: FrozenClock, host: str) -> None:
    with (
        serving(lambda connection, _path: connection.sendall(ok(PAGE))) as proxy,
        make_client(None, "1.0", f"http://127.0.0.1:{proxy.port}") as client,
    ):
        source = SourceSettings(url=f"http://{host}/")
        with pytest.raises(AddressRefused):
            Fetcher(client, clock, Politeness()).fetch(source.url, Validators(), source)
    assert proxy.asked == []


def test_without_a_proxy_for_a_host_the_guard_holds(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with make_client(None, "1.0", "http://proxy.example:3128") as client:
        source = SourceSettings(url="http://127.0.0.1:9/")
        with pytest.raises(AddressRefused):
            Fetcher(client, clock, Politeness()).fetch(source.url, Validators(), source)


def test_a_private_source_that_is_allowed_is_reached_directly(clock: FrozenClock) -> None:
    with (
        serving(lambda connection, _path: connection.sendall(ok(PAGE))) as site,
        make_client(None, "1.0", "http://127.0.0.1:9") as client,
    ):
        source = SourceSettings(url=site.url("/list"), allow_private=True)
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        assert isinstance(fetcher.fetch(source.url, Validators(), source), Page)


def authority_file(folder: Path) -> tuple[trustme.CA, Path]:
    authority, path = trustme.CA(), folder / "newsroom.pem"
    authority.cert_pem.write_to_path(path)
    return authority, path


@pytest.mark.parametrize("name", ["ca_file", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_ones_own_is_trusted_beside_the_public_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    authority, path = authority_file(tmp_path)
    if name != "ca_file":
        monkeypatch.setenv(name, str(path))
    context = trust(routes(None, path if name == "ca_file" else None).ca_file)
    assert len(context.get_ca_certs()) > len(trust(None).get_ca_certs()) > 50
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("www.example.gov").configure_cert(serves)
    shakes(context, serves)


def shakes(trusting: ssl.SSLContext, serving_: ssl.SSLContext) -> None:
    """Shake hands in memory. Raises ssl.SSLError where the certificate is not trusted."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = trusting.wrap_bio(to_client, to_server, server_hostname="www.example.gov")
    theirs = serving_.wrap_bio(to_server, to_client, server_side=True)
    for end in (ours, theirs, ours, theirs):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


def test_without_it_the_certificate_is_not_trusted(tmp_path: Path) -> None:
    authority, _ = authority_file(tmp_path)
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("www.example.gov").configure_cert(serves)
    with pytest.raises(ssl.SSLCertVerificationError):
        shakes(trust(None), serves)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_said_plainly(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(SourceError, match=r"ca\.pem cannot be read.*PEM form"):
        make_client(None, "1.0", None, path)


def test_a_proxy_that_cannot_be_reached_is_an_error_worth_another_try(clock: FrozenClock) -> None:
    with make_client(None, "1.0", "http://me:s3cret@127.0.0.1:9") as client:
        source = SourceSettings(url="http://www.example.gov/")
        with pytest.raises(FetchError, match=r"reached: through the proxy 127\.0\.0\.1:9: ") as caught:
            Fetcher(client, clock, Politeness()).fetch(source.url, Validators(), source)
    assert caught.value.retryable


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_is_not_taken_for_the_site(clock: FrozenClock, scheme: str) -> None:
    wants = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with (
        serving(lambda connection, _path: connection.sendall(wants)) as proxy,
        make_client(None, "1.0", f"http://127.0.0.1:{proxy.port}") as client,
    ):
        source = SourceSettings(url=f"{scheme}://www.example.gov/list")
        with (
            pytest.raises(FetchError, match="407") as caught,
            Fetcher(client, clock, Politeness()).asking(source, lambda _date: None),
        ):
            pass
    assert caught.value.retryable

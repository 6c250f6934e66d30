"""The short way to a page does what the library's own way does, wherever a site asks for more."""

from collections.abc import Iterator

import httpx
import pytest

from monitor.fetch.client import PageClient, Terms, make_client, places_of
from monitor.fetch.egress import allowing_private
from service.demo.fakes.replica import ReplicaSite
from service.demo.fakes.replica.trouble import answer

PATH = "/reports/audits-inspections-and-evaluations"
PLACE = "/agencies/somewhere"


@pytest.fixture
def client() -> Iterator[PageClient]:
    with make_client("watch@example.org", "1.0") as client:
        yield client


def asked(
    client: PageClient,
    url: str,
    conditions: dict[str, str] | None = None,
    cookies: httpx.Cookies | None = None,
) -> httpx.Response:
    terms = Terms(5.0, places_of(url), httpx.Cookies() if cookies is None else cookies)
    with client.ask(url, conditions or {}, terms) as response:
        response.read()
        return response


def test_a_page_is_asked_for_with_the_very_headers_the_library_sends(
    site: ReplicaSite, client: PageClient
) -> None:
    asked(client, site.url(PATH), {"If-None-Match": '"old"'})
    client.get(site.url(PATH), headers={"If-None-Match": '"old"'}, extensions=allowing_private(True))
    short, long = site.requests_for(PATH)
    assert short.headers == long.headers


def test_a_redirect_is_followed_and_says_where_it_led(site: ReplicaSite, client: PageClient) -> None:
    site.faults[PATH] = answer(302, b"", {"Location": PLACE})
    site.faults[PLACE] = answer(200, b"here")
    response = asked(client, site.url(PATH), {"If-None-Match": '"old"'})
    assert (str(response.url), response.content) == (site.url(PLACE), b"here")
    assert [seen.path for seen in site.requests] == [PATH, PLACE]
    assert site.requests[-1].headers["if-none-match"] == '"old"'


def test_a_cookie_is_sent_back_with_the_cookies_of_the_same_check_and_with_no_others(
    site: ReplicaSite, client: PageClient
) -> None:
    site.faults[PATH] = answer(302, b"", {"Location": PLACE, "Set-Cookie": "seen=yes; Path=/"})
    site.faults[PLACE] = answer(200, b"here")
    of_check = httpx.Cookies()
    asked(client, site.url(PATH), cookies=of_check)
    asked(client, site.url(PLACE), cookies=of_check)
    asked(client, site.url(PLACE))
    assert [seen.headers.get("cookie") for seen in site.requests] == [None, "seen=yes", "seen=yes", None]
    client.get(site.url(PATH), extensions=allowing_private(True))
    assert not client.cookies.jar


def test_a_redirect_to_no_address_is_an_error_of_the_site(site: ReplicaSite, client: PageClient) -> None:
    site.faults[PATH] = answer(302, b"", {"Location": "http://oops:port/"})
    with pytest.raises(httpx.RemoteProtocolError, match="redirects to an invalid address"):
        asked(client, site.url(PATH))


def test_a_page_that_is_as_it_was_leaves_its_connection_open(site: ReplicaSite, client: PageClient) -> None:
    tag = asked(client, site.url(PATH)).headers["etag"]
    ports = set()
    for _ in range(3):
        response = asked(client, site.url(PATH), {"If-None-Match": tag})
        assert response.status_code == 304
        ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(ports) == 1

"""Where a server offers HTTP/2 it is spoken, over one connection for page after page; else HTTP/1.1."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

from monitor.domain.settings import SourceSettings
from monitor.domain.types import NotModified, Page, Validators
from monitor.fetch.client import make_client
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.politeness.turns import Politeness
from tests.clock import FrozenClock

BODY = b"<html><body><table><tr><td>OIG-26-1</td></tr></table></body></html>"


@dataclass
class SafeSite:
    """A site that speaks TLS, and what each request to it came by."""

    offers: list[str]
    port: int = 0
    spoken: list[str] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    async def __call__(self, scope: Any, _receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        missing = scope["path"] == "/robots.txt"
        if not missing:
            self.spoken.append(scope["http_version"])
            self.connections.add(tuple(scope["client"]))
        asked = dict(scope["headers"])
        status = 404 if missing else 304 if asked.get(b"if-none-match") == b'"1"' else 200
        headers = [(b"content-type", b"text/html"), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": BODY if status == 200 else b""})


@contextmanager
def running(site: SafeSite, folder: Path, authority: trustme.CA) -> Iterator[None]:
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    config = Config()
    config.certfile, config.keyfile = str(folder / "cert.pem"), str(folder / "key.pem")
    config.bind, config.alpn_protocols, config.errorlog = ["127.0.0.1:0"], site.offers, None
    [listener] = config.create_sockets().secure_sockets
    site.port = listener.getsockname()[1]
    config.bind = [f"fd://{listener.detach()}"]
    loop, asked_to_stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete,
        args=(serve(site, config, shutdown_trigger=asked_to_stop.wait),),  # type: ignore[arg-type]
    )
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(asked_to_stop.set)
        thread.join(300)
        loop.close()


@pytest.mark.parametrize(("offers", "spoken"), [(["h2", "http/1.1"], "2"), (["http/1.1"], "1.1")])
def test_a_page_comes_by_what_the_server_offers_and_over_one_connection(
    tmp_path: Path, clock: FrozenClock, offers: list[str], spoken: str
) -> None:
    authority, trusted = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    site = SafeSite(offers)
    with (
        running(site, tmp_path, authority),
        make_client("watch@example.org", "1.0", ca_file=trusted) as client,
    ):
        fetcher = Fetcher(client, clock, Politeness(sleep=lambda _seconds: None))
        url = f"https://localhost:{site.port}/list"
        settings = SourceSettings.model_validate({"url": url, "allow_private": True})
        page = fetcher.fetch(url, Validators(), settings)
        again = fetcher.fetch(url, Validators(etag='"1"'), settings)
    assert isinstance(page, Page) and page.body == BODY
    assert isinstance(again, NotModified)
    assert site.spoken == [spoken, spoken]
    assert len(site.connections) == 1

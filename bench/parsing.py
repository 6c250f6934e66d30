"""Reading a page into records against the bare parser on the same bytes, one after the other."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from selectolax.lexbor import LexborHTMLParser

from bench.pages import ROWS
from bench.site import Site
from monitor.parse import parse
from monitor.types import Page


@dataclass(frozen=True, slots=True)
class ParseRun:
    """CPU milliseconds a page."""

    bare: float
    ours: float


def fetched_pages(site: Site, most: int) -> list[Page]:
    """Give pages of the site as they are sent at version 0."""
    site.show(0, etags=True)
    with httpx.Client(trust_env=False) as client:
        bodies = {site.url(n): client.get(site.url(n)).content for n in range(min(most, site.pages))}
    return [Page(url, url, body, "", datetime.now(UTC)) for url, body in bodies.items()]


def parse_run(pages: list[Page]) -> ParseRun:
    """Parse every page both ways."""
    rows = sum(len(parse(page, "dhs-oig").records) for page in pages)
    if rows != ROWS * len(pages):
        raise ValueError(f"{rows} rows were read off {len(pages)} pages of {ROWS}")
    return ParseRun(
        bare=_milliseconds(lambda page: LexborHTMLParser(page.body), pages),
        ours=_milliseconds(lambda page: parse(page, "dhs-oig"), pages),
    )


def _milliseconds(read: Callable[[Page], object], pages: list[Page]) -> float:
    gc.collect()
    started = time.process_time()
    for page in pages:
        read(page)
    return (time.process_time() - started) * 1000 / len(pages)

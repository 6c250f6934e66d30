"""Reading a page into records against the bare parser on the same bytes, one after the other."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from selectolax.lexbor import LexborHTMLParser

from bench.checks import BenchError
from bench.pages import ROWS
from bench.site import Site
from monitor.domain.types import Page
from monitor.profiles.parse import parse

_TIMES = 10
_MOST = 50  # pages read in one run: enough for a steady figure, and soon done


@dataclass(frozen=True, slots=True)
class ParseRun:
    """CPU milliseconds a page."""

    bare: float
    ours: float


def fetched_pages(site: Site) -> list[Page]:
    """Return some pages of the site as they are sent at version 0."""
    site.show(0, etags=True)
    with httpx.Client(trust_env=False) as client:
        bodies = {site.url(n): client.get(site.url(n)).content for n in range(min(site.pages, _MOST))}
    return [Page(url, url, body, "", datetime.now(UTC)) for url, body in bodies.items()]


def parse_run(pages: list[Page]) -> ParseRun:
    """Parse every page both ways."""
    if len(parse(pages[0], "dhs-oig").records) != ROWS:
        raise BenchError(f"a page of {ROWS} rows was not read whole")
    return ParseRun(
        # Soon done, so it is done more often: the ratio is only as steady as this.
        bare=_milliseconds(lambda page: LexborHTMLParser(page.body), pages * _TIMES),
        ours=_milliseconds(lambda page: parse(page, "dhs-oig"), pages),
    )


def _milliseconds(read: Callable[[Page], object], pages: list[Page]) -> float:
    gc.collect()
    started = time.process_time()
    for page in pages:
        read(page)
    return (time.process_time() - started) * 1000 / len(pages)

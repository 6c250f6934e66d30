"""What can be wrong with a site during one check: old copies, torn reads, damaged and half-new pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from service.demo.fakes.replica import connection_dropped, redesign, rewritten, server_error, soft_not_found
from service.demo.fakes.replica.pages import LISTING_PATH
from service.demo.fakes.replica.trouble import Fault, Trouble
from tests.lives.site import LifeSite, State
from tests.lives.world import World

Set = Callable[[World], None]


@contextmanager
def trouble(world: World, name: str) -> Iterator[None]:
    """Let something be wrong while the block lasts."""
    TROUBLES[name](world)
    try:
        yield
    finally:
        calm(world.site)


def calm(site: LifeSite) -> None:
    """Put an end to all that is wrong."""
    site.before_page = lambda _path, _page: None
    site.claims_unchanged, site.total_lag = False, 0
    site.faults.clear()


def _stale(world: World) -> None:
    old = world.random.choice(world.past)
    world.site.before_page = lambda _path, _page: old


def _yesterday(world: World) -> None:
    old = world.past[-2:][0]
    world.site.before_page = lambda _path, _page: old


def _one_stale_page(world: World) -> None:
    old, at = world.random.choice(world.past), world.random.randrange(3)
    world.site.before_page = lambda _path, page: old if page == at else None


def _flip_flop(world: World) -> None:
    old, asked = world.random.choice(world.past), count()
    world.site.before_page = lambda _path, _page: old if next(asked) % 2 else None


def _torn(world: World) -> None:
    at = world.random.randrange(1, 4)

    def meanwhile(path: str, page: int) -> State | None:
        if path.startswith(LISTING_PATH) and page == at:
            world.site.before_page = lambda _path, _page: None
            world.happen()
        return None

    world.site.before_page = meanwhile


def _lost_rows(world: World) -> None:
    at = world.random.randrange(3)
    share = world.random.uniform(0.2, 0.95)
    _on_page(world, at, rewritten(lambda page: page[: int(len(page) * share)]))


def _bad_row(world: World) -> None:
    nth = world.random.randrange(1, 9)

    def spoil(page: str) -> str:
        rows = page.split("<tr>")
        if len(rows) > nth + 1:
            rows[nth] = rows[nth].replace("<td", "<!--<td", 1).replace("</td>", "-->", 1)
        return "<tr>".join(rows)

    _on_page(world, world.random.randrange(2), rewritten(spoil))


def _mojibake(world: World) -> None:
    world.site.faults["/"] = rewritten(lambda page: page.encode().decode("cp1252", "replace"))


def _escaped_twice(world: World) -> None:
    world.site.faults["/"] = rewritten(
        lambda page: page.replace("&#x27;", "&amp;#039;").replace("’", "&amp;rsquo;")
    )


def _half_redesigned(world: World) -> None:
    asked = count(world.random.randrange(2))
    world.site.faults["/"] = lambda _target: redesign() if next(asked) % 2 else None


def _wrong_304(world: World) -> None:
    world.site.claims_unchanged = True


def _lagging_total(world: World) -> None:
    world.site.total_lag = world.random.choice((-2, -1, 1, 2))


def _no_product_pages(world: World) -> None:
    world.site.faults["/products/"] = world.random.choice((soft_not_found(), server_error()))


def _dropped(world: World) -> None:
    _on_page(world, world.random.randrange(2), connection_dropped())


def _on_page(world: World, page: int, what: Trouble) -> None:
    def fault(target: str) -> Trouble | None:
        asked = target.rpartition("page=")[2] if "page=" in target else "0"
        return what if asked == str(page) else None

    lists: Fault = fault
    world.site.faults |= {LISTING_PATH: lists, "/agencies/": lists}


OLD_COPIES = frozenset(
    ("an old copy", "the copy before", "an old copy of one page", "two servers that disagree")
)
TROUBLES: dict[str, Set] = {
    "an old copy": _stale,
    "the copy before": _yesterday,
    "an old copy of one page": _one_stale_page,
    "two servers that disagree": _flip_flop,
    "something happens between two pages": _torn,
    "a page cut off": _lost_rows,
    "one bad row": _bad_row,
    "mojibake": _mojibake,
    "escaped twice": _escaped_twice,
    "half a redesign": _half_redesigned,
    "304 whatever happened": _wrong_304,
    "a total that lags": _lagging_total,
    "no product pages": _no_product_pages,
    "a connection dropped": _dropped,
}

"""One check of one source, from its address to its recorded changes: the file to read first.

fetch -> parse -> guard           observe: the network, no record       monitor/crawl/observe.py
diff -> record -> (route)         settle: one short transaction         monitor/changes/apply.py
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlmodel import Session

from monitor.changes.apply import Settled, settle
from monitor.changes.write_behind import Unchanged
from monitor.commitments.overdue import Lapsing
from monitor.crawl.context import Context, Transaction
from monitor.crawl.observe import Observer
from monitor.domain.settings import SourceSettings
from monitor.faultpoints import reach
from monitor.fetch.fetcher import Fetcher
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from monitor.store.sources import known_source

Route = Callable[[Session, Settled], None]


def check(  # noqa: PLR0913 - what a check needs of the world comes in by name
    key: str,
    settings: SourceSettings,
    *,
    read: Transaction,
    write: Transaction,
    fetcher: Fetcher,
    clock: Callable[[], datetime],
    route: Route,
    accept: bool = False,
    profiles: Mapping[str, Profile] = PROFILES,
    unchanged: Unchanged | None = None,
    lapsing: Lapsing | None = None,
) -> Settled:
    """Look at a source and record what changed; `route` writes who is told, in the same transaction.

    With `unchanged` what found nothing new is noted there and written later. `profiles` are the kinds of page
    that can be read; `accept` takes the page as it is where the guard would quarantine it; `lapsing` is what
    somebody wants to hear of once its day has gone by. A site's trouble is an outcome, not an exception;
    StoreError is raised where the database cannot be used and Stopping where the program is to stop, and
    nothing is written then.
    """
    known = unchanged.known(key) if unchanged else None
    if known is None:
        with read() as session:
            known = known_source(session, key)
    context = Context(key, settings, known, read, fetcher, clock, accept, profiles, write)
    seen = Observer(context).observe()
    reach("observed")
    if unchanged and (settled := unchanged.noted(seen, known, lapsing.zone if lapsing else UTC)):
        return settled
    with write() as session:
        if unchanged:
            unchanged.write(session)
        settled = settle(session, seen, lapsing)
        route(session, settled)
        reach("settled")
    if unchanged:
        unchanged.forget(key)
    reach("checked")
    return settled

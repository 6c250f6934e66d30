"""One check of one source, from its address to its recorded changes: the file to read first.

fetch -> parse -> guard           observe: the network, no record       monitor/crawl/observe.py
diff -> record -> (route)         settle: one short transaction         monitor/changes/apply.py
"""

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from monitor.changes.apply import Settled, settle
from monitor.changes.write_behind import Unchanged
from monitor.commitments.overdue import Lapsing
from monitor.crawl.context import Context, Transaction
from monitor.crawl.observe import Observer
from monitor.crawl.outcomes import Failed, Look, Observation
from monitor.documents.look import DocumentFetching, Documents, look_at_documents
from monitor.documents.record import record_documents
from monitor.domain.errors import Stopping, StoreError
from monitor.domain.log import Line
from monitor.domain.settings import SourceSettings
from monitor.faultpoints import reach
from monitor.fetch.fetcher import Fetching
from monitor.profiles.profile import Profile
from monitor.profiles.registry import PROFILES
from monitor.store.seals import seal
from monitor.store.sources import known_source

Route = Callable[[Session, Settled], None]
log = logging.getLogger("oversight_watch")
_LONGEST_REASON = 300


def check(  # noqa: PLR0913 - what a check needs of the world comes in by name
    key: str,
    settings: SourceSettings,
    *,
    read: Transaction,
    write: Transaction,
    fetcher: Fetching,
    clock: Callable[[], datetime],
    route: Route,
    accept: bool = False,
    profiles: Mapping[str, Profile] = PROFILES,
    unchanged: Unchanged | None = None,
    lapsing: Lapsing | None = None,
    documents: DocumentFetching | None = None,
) -> Settled:
    """Look at a source and record what changed; `route` writes who is notified, in the same transaction.

    With `unchanged` what found nothing new is noted there and written later. `profiles` are the kinds of page
    that can be read; `accept` takes the page as it is where the guard would quarantine it; `lapsing` is which
    calendar-driven changes somebody asks for; `documents` is where the files come from that reports link to,
    None where they are left out. A site's trouble is an outcome, not an exception, and so is a
    bug: it is logged and recorded as a failed check. Raise StoreError if the database cannot be used and
    Stopping if the program is to stop; nothing is written then.
    """
    known = unchanged.known(key) if unchanged else None
    if known is None:
        with read() as session:
            known = known_source(session, key)
    context = Context(key, settings, known, read, fetcher, clock, accept, profiles, write)
    began_at = clock()
    try:
        seen = Observer(context).observe()
        files = look_at_documents(context, seen, documents) if documents else Documents()
        reach("observed")
        zone = lapsing.zone if lapsing else UTC
        if unchanged and not files and (settled := unchanged.noted(seen, known, zone)):
            return settled
        settled = _settled(seen, files, write, route, unchanged, lapsing)
    except (StoreError, Stopping):
        raise
    except Exception as error:
        log.exception(Line("check_crashed", source=key))
        crashed = Failed(Look(key, settings, known, began_at, clock(), None), (_said(error),), retryable=True)
        settled = _settled(crashed, Documents(), write, route, None, None)
    if unchanged:
        unchanged.forget(key)
    reach("checked")
    return settled


def _settled(
    seen: Observation,
    files: Documents,
    write: Transaction,
    route: Route,
    unchanged: Unchanged | None,
    lapsing: Lapsing | None,
) -> Settled:
    with write() as session:
        if unchanged:
            unchanged.write(session)
        settled = settle(session, seen, lapsing)
        if files:
            settled = record_documents(session, settled, files, seen.look)
        route(session, settled)
        seal(session)
        reach("settled")
    return settled


def _said(error: Exception) -> str:
    """Return a bug as a reason for people, with its place for those who mend it."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error}"[:_LONGEST_REASON].encode("utf-8", "replace").decode()
    return f"the check failed on a fault of this program ({said}, at {Path(at.filename).name}:{at.lineno})"

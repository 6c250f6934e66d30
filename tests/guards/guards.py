"""Every guard that a promise rests on."""

from tests.guards.escaping import FIELDS
from tests.guards.evidence import DOCUMENTS, PACKETS
from tests.guards.guard import Guard
from tests.guards.outside import BOUNDS, CONNECTIONS, MANNERS, SECRETS, WEBHOOKS
from tests.guards.reading_room import READING_ROOM
from tests.guards.watching import WATCHING

_OUTBOX = ("tests/alerts/outbox",)
_CHANGES = ("tests/monitor/changes", "tests/monitor/crawl/test_missing.py")
_ESCAPING = ("tests/alerts/rendering/test_escaping.py",)
_GUARD = ("tests/monitor/guard", "tests/monitor/test_check.py")
_FETCH = ("tests/monitor/fetch",)

GUARDS = (
    Guard(
        "changes and their messages commit together",
        "monitor/check.py",
        "        route(session, settled)\n",
        "    with write() as session:\n        route(session, settled)\n",
        ("tests/guarantees/test_nothing_lost_nothing_twice.py",),
    ),
    Guard(
        "a notice is queued once for its occasion",
        "alerts/outbox/queue.py",
        "identity=stable_identity(MessageKind.OPERATOR, key, target.channel, target.recipient)",
        "identity=stable_identity(now.isoformat(), key, target.channel, target.recipient)",
        ("tests/alerts/outbox/test_queue.py",),
    ),
    Guard(
        "a notice of an outage names no source that is reported already",
        "service/runtime/host_trouble.py",
        "        if health.source in reported or (health.refused and reported):\n",
        "        if False:\n",
        ("tests/guarantees/test_host_outages.py",),
    ),
    Guard(
        "a notice that is gathered holds no other one back",
        "alerts/outbox/leases.py",
        "_GATHERED_KINDS = (MessageKind.SUMMARY, MessageKind.OPERATOR)\n",
        "_GATHERED_KINDS = (MessageKind.SUMMARY,)\n",
        ("tests/guarantees/test_host_outages.py",),
    ),
    Guard(
        "a mail has the same Message-ID at each attempt",
        "alerts/channels/smtp.py",
        'f"<{message.identity}@{domain}>"\n    mail["Auto',
        'f"<{datetime.now(UTC).timestamp()}@{domain}>"\n    mail["Auto',
        _OUTBOX,
    ),
    Guard(
        "a webhook gets the same key at each attempt",
        "alerts/channels/send.py",
        '        service.headers["Idempotency-Key"] = message.identity\n',
        "        pass\n",
        ("tests/alerts/channels",),
    ),
    Guard(
        "a result is written only by the holder of the lease",
        "alerts/outbox/deliver.py",
        "                col(OutboxItem.lease) == leased.token,\n",
        "",
        _OUTBOX,
    ),
    Guard(
        "a lease is taken only of a row that is as it was read",
        "alerts/outbox/leases.py",
        "        col(OutboxItem.attempts) == item.attempts,\n    )\n",
        "    )\n",
        _OUTBOX,
    ),
    Guard(
        "a message that is on its way is not leased again",
        "alerts/outbox/leases.py",
        "return item.leased_until is None or item.leased_until <= now",
        "return True",
        _OUTBOX,
    ),
    Guard(
        "a refused message is not tried again",
        "alerts/outbox/deliver.py",
        "if result.outcome == DeliveryOutcome.REFUSED or now >= leased.item.give_up_at:",
        "if now >= leased.item.give_up_at:",
        _OUTBOX,
    ),
    Guard(
        "a check that another overtook writes nothing",
        "monitor/changes/apply.py",
        "    if before != look.known.checked_at:\n",
        "    if False:\n",
        ("tests/monitor/test_check.py", "tests/monitor/changes"),
    ),
    Guard(
        "gone only after a walk that came to its end",
        "monitor/crawl/completeness.py",
        "    complete = ended and not (twice or torn)",
        "    complete = not (twice or torn)",
        ("tests/monitor/crawl", "tests/monitor/test_check.py"),
    ),
    Guard(
        "gone only where the list was seen whole",
        "monitor/changes/diff.py",
        "    if not (complete and known.listed):\n",
        "    if not known.listed:\n",
        (*_CHANGES, "tests/monitor/test_check.py"),
    ),
    Guard(
        "what returns to earlier values waits",
        "monitor/changes/hold.py",
        "return [d for d in known if _has_been_so(d, versions[_id(d)], began)]",
        "return []",
        _CHANGES,
    ),
    Guard(
        "a missing row whose neighbors are on two pages waits",
        "monitor/crawl/missing.py",
        "        if above != below:\n            return True\n",
        "",
        _CHANGES,
    ),
    Guard(
        "a row that could not be read is not gone",
        "monitor/changes/hold.py",
        "    differences = [d for d in differences if not _is_excused(d, seen)]\n",
        "",
        ("tests/monitor/changes", "tests/monitor/crawl", "tests/monitor/test_check.py"),
    ),
    Guard(
        "a body whose end nothing proves waits",
        "monitor/crawl/observe.py",
        "return missing if missing and (unproved or repeats) else self._moved(reads, known)",
        "return self._moved(reads, known)",
        ("tests/monitor/changes", "tests/monitor/crawl", "tests/monitor/test_check.py"),
    ),
    Guard(
        "a full page that loses its last reports withdraws nothing",
        "monitor/crawl/observe.py",
        "        if seen.complete and self._are_pushed_off(reads, known, missing & stored.keys()):\n",
        "        if False:\n",
        ("tests/monitor/crawl/test_completeness.py",),
    ),
    Guard(
        "one revision of many rows is one event",
        "monitor/changes/storm.py",
        "    if not calm:\n",
        "    if True:\n",
        _CHANGES,
    ),
    Guard(
        "another agency's row is ours only where the list was seen whole",
        "monitor/crawl/follow_up.py",
        "return named[0] if moved and named",
        "return named[0] if named",
        ("tests/monitor/crawl/test_follow_up.py",),
    ),
    Guard(
        "a set of pages that is not as usual is quarantined",
        "monitor/crawl/observe.py",
        "        if reasons and not self._context.accept:\n            if not fresh:",
        "        if False:\n            if not fresh:",
        _GUARD,
    ),
    Guard(
        "only public addresses are connected to",
        "monitor/fetch/egress.py",
        "if not self._public_only or is_public(address)]",
        "]",
        _FETCH,
    ),
    Guard(
        "pages that are followed up go past the address guard too",
        "monitor/fetch/fetcher.py",
        "return places_of(settings.url) if settings.allow_private and settings.is_web else frozenset()",
        "return places_of(settings.url)",
        _FETCH,
    ),
    Guard(
        "a web service that is a channel is of the public internet",
        "alerts/channels/egress.py",
        "    if found and not public:\n",
        "    if False:\n",
        ("tests/alerts/channels",),
    ),
    Guard(
        "a server's wish to be left alone is bounded",
        "monitor/domain/network.py",
        '        return min(asked, _LONGEST_WAIT) if 0 <= asked < float("inf") else None\n',
        "        return asked\n",
        ("tests/monitor/domain", "tests/alerts/outbox", "tests/alerts/channels"),
    ),
    Guard(
        "secrets are not shown",
        "alerts/channels/redact.py",
        "        text = re.sub(whole, _STARS, text)\n",
        "        re.sub(whole, _STARS, text)\n",
        ("tests/alerts/channels",),
    ),
    Guard(
        "every value in a template is escaped",
        "alerts/rendering/environments.py",
        "            finalize=partial(_escaped, flavor),\n",
        "",
        _ESCAPING,
    ),
    Guard(
        "markup in HTML is escaped",
        "alerts/rendering/environments.py",
        "            autoescape=True,\n",
        "            autoescape=False,\n",
        _ESCAPING,
    ),
    Guard(
        "a subject is one line",
        "alerts/channels/smtp.py",
        "one_line(message.subject)[:_LONGEST_SUBJECT]",
        "message.subject",
        ("tests/alerts/channels",),
    ),
    Guard(
        "a page nested without end is not parsed",
        "monitor/profiles/html_tree.py",
        "        raise ParseError(\n",
        "        str(\n",
        ("tests/monitor/profiles/test_html_tree.py::test_no_tree_is_made_of_a_page_that_is_just_too_deep",),
    ),
    *CONNECTIONS,
    *MANNERS,
    *SECRETS,
    *WATCHING,
    *WEBHOOKS,
    *BOUNDS,
    *FIELDS,
    *READING_ROOM,
    *DOCUMENTS,
    *PACKETS,
)

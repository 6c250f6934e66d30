"""Holds what was delivered against what happened. Pure: two plain accounts in, a verdict out.

The truth is one timeline of values per aspect of a thing ("title" of "OIG-26-17"). The recorded changes must
tile each timeline: every step in exactly one change, each change beginning where the last one ended.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Aspect = tuple[str, str]  # a thing's number, and what of it
Value = str | bool | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One message that a receiver took."""

    recipient: str
    identity: str
    text: str


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One recorded change: what of its thing went from what to what. `word` must be in any telling of it."""

    id: int
    thing: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    word: str


@dataclass(frozen=True, slots=True)
class Item:
    """One message as the outbox has it: `entries` are (change, topic) pairs, `digest` the ids it lists."""

    identity: str
    kind: str
    channel: str
    recipient: str
    state: str
    entries: tuple[tuple[int, str], ...] = ()
    digest: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reminding:
    """The `number`-th time that a recipient was reminded of a thing, in the message of this identity."""

    identity: str
    thing: str
    topic: str
    channel: str
    recipient: str
    number: int


@dataclass(frozen=True, slots=True)
class Account:
    """Everything the service wrote down, oldest first. `digests` are the ranges (after, up to]."""

    changes: Sequence[ToldChange]
    items: Sequence[Item]
    digests: Sequence[tuple[int, int]]
    reminders: Sequence[Reminding] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What happened: all values each aspect had, in order; and who is to be told, at once or by digest.

    `silent` are things that stood open from first to last with nothing to tell of them: who is told at once
    is to be reminded of them.
    """

    timelines: Mapping[Aspect, Sequence[Value]]
    told_at_once: frozenset[str]
    told_by_digest: frozenset[str]
    silent: frozenset[str] = frozenset()


@dataclass(slots=True)
class Verdict:
    """The figures, and a sentence for every promise broken."""

    events: int = 0
    changes: int = 0
    messages: int = 0
    digests: int = 0
    reminders: int = 0
    repeated: int = 0
    lost: list[str] = field(default_factory=list)
    two_identities: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    digest_faults: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """Every broken promise."""
        return [*self.lost, *self.two_identities, *self.false, *self.digest_faults, *self.other]


def judge(truth: Truth, account: Account, receipts: Sequence[Receipt]) -> Verdict:
    """Say what was lost, doubled or untrue."""
    taken = Counter((receipt.recipient, receipt.identity) for receipt in receipts)
    verdict = Verdict(
        events=sum(len(values) - 1 for values in truth.timelines.values()),
        changes=len(account.changes),
        messages=len(taken),
        digests=len(account.digests),
        reminders=len(account.reminders),
        repeated=taken.total() - len(taken),
    )
    _hold_changes_against_events(truth, account, verdict)
    _hold_receipts_against_changes(truth, account, receipts, verdict)
    _hold_receipts_against_items(account, receipts, verdict)
    _hold_digests_against_changes(truth, account, receipts, verdict)
    _hold_receipts_against_reminders(truth, account, receipts, verdict)
    verdict.other += [f"message {i.identity} ended {i.state}" for i in account.items if i.state != "sent"]
    return verdict


def _hold_changes_against_events(truth: Truth, account: Account, verdict: Verdict) -> None:
    reached: dict[Aspect, float] = {}
    for change in account.changes:
        if not change.after:
            verdict.false.append(f"change {change.id} of {change.thing} says nothing")
        for name, after in change.after.items():
            aspect = (change.thing, name)
            begin = _position(truth.timelines.get(aspect, ()), change.before.get(name))
            end = _position(truth.timelines.get(aspect, ()), after)
            said = f"change {change.id}: {name} of {change.thing} became {after!r}"
            if begin is None or end is None:
                verdict.false.append(f"{said}, which never happened")
            elif not reached.get(aspect, 0) == begin < end:
                verdict.false.append(f"{said}, out of order or for the second time")
            reached[aspect] = max(reached.get(aspect, 0), end or 0)
    for aspect, values in truth.timelines.items():
        if (missed := len(values) - 1 - reached.get(aspect, 0)) > 0:
            verdict.lost.append(f"{aspect[1]} of {aspect[0]}: {missed:g} event(s) never became a change")


def _position(values: Sequence[Value], value: Value) -> float | None:
    if value in values:
        return values.index(value)
    # A thing off its list whose own page could not be read: between the last two values, for a while.
    return len(values) - 1.5 if value == "unknown" and len(values) > 1 else None


def _hold_receipts_against_changes(
    truth: Truth, account: Account, receipts: Sequence[Receipt], verdict: Verdict
) -> None:
    """Every change must have reached every reader, in words, and under one identity."""
    told = _tellings(account, receipts)
    for change in account.changes:
        for recipient in sorted(truth.told_at_once):
            texts = told.get((change.id, recipient), {})
            if not texts:
                verdict.lost.append(f"change {change.id} of {change.thing} never reached {recipient}")
            elif not any(change.word in text for text in texts.values()):
                verdict.lost.append(f"what {recipient} got of change {change.id} does not say {change.word}")
            if len(texts) > 1:
                verdict.two_identities.append(f"change {change.id} reached {recipient} as {', '.join(texts)}")


def _tellings(account: Account, receipts: Sequence[Receipt]) -> dict[tuple[int, str], dict[str, str]]:
    """Give, for each change and recipient, the text of each identity that told of it."""
    of_item = {(item.recipient, item.identity): item for item in account.items}
    told: dict[tuple[int, str], dict[str, str]] = {}
    for receipt in receipts:
        item = of_item.get((receipt.recipient, receipt.identity))
        for change_id, _topic in item.entries if item else ():
            told.setdefault((change_id, receipt.recipient), {})[receipt.identity] = receipt.text
    return told


def _hold_receipts_against_items(account: Account, receipts: Sequence[Receipt], verdict: Verdict) -> None:
    known = {(item.recipient, item.identity) for item in account.items}
    for recipient, identity in dict.fromkeys((r.recipient, r.identity) for r in receipts):
        if (recipient, identity) not in known:
            verdict.two_identities.append(f"{recipient} got {identity}, an identity the outbox does not know")
    keys = Counter((entry, i.channel, i.recipient) for i in account.items for entry in i.entries)
    for (entry, channel, recipient), count in keys.items():
        if count > 1:
            verdict.two_identities.append(f"{entry} is in {count} messages of {channel} to {recipient}")


def _hold_digests_against_changes(
    truth: Truth, account: Account, receipts: Sequence[Receipt], verdict: Verdict
) -> None:
    """The ranges must chain and end at the newest change; each reader must get each change in one digest."""
    end = 0
    for after, up_to in account.digests:
        if after != end or up_to < after:
            verdict.digest_faults.append(f"a digest covers {after} to {up_to}, the one before ended at {end}")
        end = up_to
    ids = [change.id for change in account.changes]
    if ids and end != ids[-1]:
        verdict.digest_faults.append(f"digests end at change {end}, changes at {ids[-1]}")
    got = {(receipt.recipient, receipt.identity) for receipt in receipts}
    for recipient in sorted(truth.told_by_digest):
        mine = [i for i in account.items if i.digest and (i.recipient, i.identity) in got]
        verdict.digest_faults += _miscounted(ids, recipient, (i for i in mine if i.recipient == recipient))


def _miscounted(ids: Sequence[int], recipient: str, digests: Iterable[Item]) -> Iterator[str]:
    counted = Counter(id_ for digest in digests for id_ in digest.digest)
    for id_ in ids:
        if counted[id_] != 1:
            yield f"change {id_} is in {counted[id_]} digests that reached {recipient}"


def _hold_receipts_against_reminders(
    truth: Truth, account: Account, receipts: Sequence[Receipt], verdict: Verdict
) -> None:
    """Every reminder must have come, named what it is of, and be numbered on from the one before."""
    texts = {(one.recipient, one.identity): " ".join(one.text.split()) for one in receipts}
    numbers: dict[tuple[str, str, str, str], list[int]] = {}
    for one in account.reminders:
        said = f"reminder {one.number} of {one.thing} to {one.recipient}"
        text = texts.get((one.recipient, one.identity))
        if text is None:
            verdict.lost.append(f"{said} never came")
        elif one.thing not in text:
            verdict.lost.append(f"{said} does not name it")
        numbers.setdefault((one.thing, one.topic, one.channel, one.recipient), []).append(one.number)
    for (thing, _, _, recipient), found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            verdict.two_identities.append(f"reminders of {thing} to {recipient} are numbered {found}")
    known = {one.identity for one in account.reminders}
    verdict.two_identities += [
        f"nothing remembers what reminder {item.identity} is of, so it comes again"
        for item in account.items
        if item.kind == "reminder" and item.identity not in known
    ]
    reminded = {(one.thing, one.recipient) for one in account.reminders}
    verdict.lost += [
        f"{recipient} was never reminded of {thing}"
        for thing in sorted(truth.silent)
        for recipient in sorted(truth.told_at_once)
        if (thing, recipient) not in reminded
    ]

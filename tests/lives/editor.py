"""A careful editor's view: what each thing was told to be, and whether a new message is true, new and owed.

Plain on purpose: it knows what happened, not how the program finds out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.types import ChangeKind
from monitor.store.changes import ChangeView
from tests.lives.world import World, number, path, statement

_KIND_OF = {
    "status": ChangeKind.STATUS_CHANGED,
    "status_comment": ChangeKind.COMMENT_UPDATED,
    "priority": ChangeKind.PRIORITY_CHANGED,
    "title": ChangeKind.TITLE_REVISED,
    "report_title": ChangeKind.TITLE_REVISED,
}
_NUMBERS = ("report_number", "recommendation_number")
_NEW = (ChangeKind.NEW_REPORT, ChangeKind.NEW_RECOMMENDATION)
_GONE = (ChangeKind.WITHDRAWN, ChangeKind.LEFT_LIST)
_NOTHING = object()


@dataclass
class Editor:
    """Knows by record id which thing is meant, and by thing what readers were told of it last."""

    world: World
    things: dict[int, int] = field(default_factory=dict)
    known: dict[int, dict[str, Any]] = field(default_factory=dict)
    told_at: dict[tuple[int, str], int] = field(default_factory=dict)  # the place in its history
    faults: list[str] = field(default_factory=list)

    def meet(self, record_id: int, fields: Mapping[str, Any], listed: bool) -> None:
        """Take a record that the program has stored: which thing is it?"""
        if record_id in self.things:
            return
        text = fields.get("title") or statement(fields.get("recommendation"))
        named = (number(fields.get("report_number")), text)
        thing = self._thing(named)
        if thing is None:
            self.faults.append(
                f"record {record_id} ({' '.join(map(str, named))}) is nothing that was published"
            )
            return
        if thing in self.known:
            self.faults.append(f"record {record_id} ({' '.join(map(str, named))}) is stored a second time")
        self.things[record_id] = thing
        self.known[thing] = {**_as_told(fields), "listed": listed}
        for name, value in self.known[thing].items():
            self._note(thing, name, value)

    def _thing(self, named: tuple[str, Any]) -> int | None:
        by_number = None
        for thing in sorted(self.world.history, reverse=True):
            for state in reversed(self.world.history[thing]):
                if not state["listed"]:
                    continue
                text = state.get("title") or state.get("recommendation")
                if (state["report_number"], text) == named or (not named[0] and text == named[1]):
                    return thing
                if state["report_number"] == named[0] and by_number is None:
                    by_number = thing
        return by_number

    def hear(self, changes: Sequence[ChangeView]) -> None:
        """Judge what a check recorded: every part of every change must be true and not yet known."""
        for change in changes:
            thing = self.things.get(change.record_id)
            if thing is None or change.kind in _NEW:
                continue
            self._judge(change, thing)

    def _judge(self, change: ChangeView, thing: int) -> None:
        known, said = self.known[thing], _as_told(change.after)
        for name, value in said.items():
            if not self._note(thing, name, value):
                self.faults.append(f"{change.kind} of {change.record_key}: {name} has not become {value!r}")
            elif known.get(name) == value and change.kind is not ChangeKind.STATUS_CHANGED:
                self.faults.append(f"{change.kind} of {change.record_key}: {name} {value!r} is told twice")
            elif (kind := self._kind(change, name, said)) is not change.kind:
                self.faults.append(f"{change.kind} of {change.record_key} tells {name}, which is {kind}")
        if change.kind is ChangeKind.LEFT_LIST:
            said["listed"] = False
        elif change.kind is ChangeKind.STATUS_CHANGED:
            # One that is open again is back on the list, or open at another agency.
            said["listed"] = None if said.get("status") == "open" else False
            if known.get("status") == said.get("status"):
                self.faults.append(f"{change.record_key}: status {said.get('status')!r} is told twice")
        known |= said

    def _kind(self, change: ChangeView, name: str, said: Mapping[str, Any]) -> ChangeKind:
        if name == "listed":
            if said["listed"]:
                return ChangeKind.REAPPEARED
            return change.kind if change.kind in _GONE else ChangeKind.WITHDRAWN
        first = "report_number" in said and not change.before.get("report_number")
        if {*_NUMBERS} & said.keys() and name in (*_NUMBERS, "url") and not first:
            return ChangeKind.RENUMBERED
        if "status" in said and name == "status_comment":
            return ChangeKind.STATUS_CHANGED
        if name == "status" and change.kind is ChangeKind.LEFT_LIST:
            return change.kind
        return _KIND_OF.get(name, ChangeKind.DETAILS_REVISED)

    def _note(self, thing: int, name: str, value: Any) -> bool:
        """Note that readers know this value, and say whether it came after the last one they knew."""
        if name == "status" and value == "unknown":
            return True  # it left the list, and its own page could not say why
        states = self.world.history[thing]
        start = self.told_at.get((thing, name), 0)
        for at in range(start, len(states)):
            if states[at].get(name, _NOTHING) == value:
                self.told_at[thing, name] = at
                return True
        return False

    def settle(self, stored: Iterable[tuple[int, Mapping[str, Any], bool]]) -> None:
        """Judge what is stored once all is calm: everything must be known as it is now."""
        for record_id, fields, listed in stored:
            thing = self.things.get(record_id)
            if thing is not None:
                self._settle(thing, {**_as_told(fields), "listed": listed})
        for thing, states in self.world.history.items():
            if states[-1]["listed"] and thing not in self.known:
                self.faults.append(f"{_name(states[-1])} was never found")

    def _settle(self, thing: int, stored: Mapping[str, Any]) -> None:
        now, known = self.world.history[thing][-1], self.known[thing]
        for name, value in now.items():
            if not now["listed"] and name not in ("listed", "status", "status_comment"):
                continue
            if not now["listed"] and name != "listed" and not self._can_be_followed(thing):
                continue
            if not now["listed"] and name != "listed" and str(known.get("status")).startswith("closed"):
                continue  # what is closed is not asked for again
            if stored.get(name) != value:
                self.faults.append(
                    f"{_name(now)}: {name} is stored as {stored.get(name)!r}, and is {value!r}"
                )
            elif known.get(name) not in (value, None) and (thing, name) not in self.world.quiet:
                self.faults.append(f"{_name(now)}: nobody was told that {name} is {value!r}")
            known[name] = stored.get(name)
            self._note(thing, name, known[name])

    def _can_be_followed(self, thing: int) -> bool:
        """Whether a recommendation's own page names it as its list did, and for no other agency."""
        states = self.world.history[thing]
        places = [
            (s["report_number"], s["recommendation_number"]) for s in states if "recommendation_number" in s
        ]
        rows = [s[-1] for s in self.world.history.values() if "recommendation_number" in s[-1]]
        shared = sum((r["report_number"], r["recommendation_number"]) == places[-1] for r in rows if places)
        return len(set(places)) == 1 and shared == 1


def _name(state: Mapping[str, Any]) -> str:
    return str(state.get("report_number") or "a thing that is gone")


def _as_told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a record or change as the world's views have them."""
    told: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "report_number":
            told[name] = number(value)
        elif name == "url":
            told[name] = path(value)
        elif name == "recommendation":
            told[name] = statement(value)
        elif name == "priority":
            told[name] = bool(value)
        elif name not in ("abstract", "status_text", "agreement") and not (
            name == "agency" and value is None
        ):
            told[name] = value
    return told

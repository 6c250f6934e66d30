"""Compare what a replay found with what was recorded. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.store.corrections import ChangeFact, Difference, Finding, RecordFact


def compare_changes(
    recorded: Sequence[ChangeFact], replayed: Sequence[ChangeFact], ids: Mapping[str, int]
) -> tuple[int, list[Difference]]:
    """Return how many changes are the same, and the others.

    One of the same record and kind that another check found is the same change, seen at another time.
    `ids` are those of the recorded records, by key.
    """
    same = 0
    differences: list[Difference] = []
    left = list(replayed)
    pairs: list[tuple[ChangeFact, ChangeFact]] = []
    open_ = list(recorded)
    for by_check in (True, False):
        waiting: dict[tuple[object, ...], list[ChangeFact]] = defaultdict(list)
        for one in left:
            waiting[_place(one, by_check=by_check)].append(one)
        unmatched = []
        for one in open_:
            found = waiting[_place(one, by_check=by_check)]
            if found:
                pairs.append((one, found.pop(0)))
            else:
                unmatched.append(one)
        open_, left = unmatched, [one for some in waiting.values() for one in some]
    for old, new in pairs:
        values = _values(old, new)
        if values is None:
            same += 1
        else:
            differences.append(_difference(Finding.DIFFERS, old, *values, change_id=old.id))
    differences += [_difference(Finding.MISSING, one, _both(one), {}, change_id=one.id) for one in open_]
    differences += [
        _difference(Finding.ADDED, one, {}, _both(one), record_id=ids.get(one.record_key)) for one in left
    ]
    return same, sorted(differences, key=lambda one: (one.seen_at is None, one.seen_at, one.record_key))


def compare_records(
    recorded: Mapping[str, RecordFact], replayed: Mapping[str, RecordFact]
) -> tuple[int, list[Difference]]:
    """Return how many records are the same, and the others."""
    found = list(_of_records(recorded, replayed))
    return len(recorded) - sum(one.found is not Finding.ADDED for one in found), found


def _of_records(
    recorded: Mapping[str, RecordFact], replayed: Mapping[str, RecordFact]
) -> Iterator[Difference]:
    for key in sorted({*recorded, *replayed}):
        old, new = recorded.get(key), replayed.get(key)
        before, after = _standing(old), _standing(new)
        if before == after:
            continue
        finding = Finding.ADDED if old is None else Finding.MISSING if new is None else Finding.DIFFERS
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        yield Difference(
            finding,
            key,
            None,
            {name: before.get(name) for name in names} if old else {},
            {name: after.get(name) for name in names} if new else {},
            record_id=old.id if old else None,
        )


def _standing(one: RecordFact | None) -> dict[str, Any]:
    """Return a record's values; a field that is not known is as one that was not read."""
    if one is None:
        return {}
    return {**{name: value for name, value in one.fields.items() if value is not None}, "listed": one.listed}


def _place(one: ChangeFact, *, by_check: bool) -> tuple[object, ...]:
    return (one.record_key, one.kind, one.check_id if by_check else None)


def _values(old: ChangeFact, new: ChangeFact) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return what differs between two changes, on either side; None where they are the same."""
    sides = (_flat(old), _flat(new))
    names = [name for name in {**sides[0], **sides[1]} if sides[0].get(name) != sides[1].get(name)]
    if not names:
        return None
    return {name: sides[0].get(name) for name in names}, {name: sides[1].get(name) for name in names}


def _flat(one: ChangeFact) -> dict[str, Any]:
    values = {f"{side} {name}": value for side in ("before", "after") for name, value in _side(one, side)}
    return {"seen": one.seen_at.isoformat(), **values}


def _side(one: ChangeFact, side: str) -> Iterator[tuple[str, Any]]:
    values: Mapping[str, Any] = getattr(one, side)
    return ((name, value) for name, value in values.items() if value is not None)


def _both(one: ChangeFact) -> dict[str, Any]:
    return {name: value for name, value in _flat(one).items() if name != "seen"}


def _difference(
    found: Finding,
    one: ChangeFact,
    recorded: Mapping[str, Any],
    replayed: Mapping[str, Any],
    *,
    change_id: int | None = None,
    record_id: int | None = None,
) -> Difference:
    return Difference(
        found,
        one.record_key,
        one.kind,
        recorded,
        replayed,
        one.seen_at,
        one.record_id if change_id else record_id,
        change_id,
        one.check_id,
    )

"""A digest's numbers in words: what is new, closed, changed and gone, next to typical numbers. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.digests.schema import DigestContent, UsualData, WindowData
from alerts.digests.trend import usual
from alerts.language.headlines import said_number
from alerts.language.periods import before_words, column_words, in_words, rhythm_of, times_words
from alerts.language.text import counted, day, listed
from monitor.domain.us_dates import day_words

# The lines of the table and the piles (alerts.language.headlines) in each; all other piles are "Changed".
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "New or reopened": ("new_reports", "new_recommendations", "reopened"),
    "Closed": ("closed_implemented", "closed_otherwise"),
    "Changed": (),
    "Left the list": ("left_list", "withdrawn"),
}
_CHANGED = "Changed"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the table: the count now, before and typically; `details` breaks it down."""

    name: str
    count: int
    before: str
    usual: str
    details: str
    said: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The changes of one period; `percent` is of the highest bar, `now` marks the digest's own period."""

    label: str
    count: int
    percent: int
    now: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of a digest as its templates use them; no bars without history."""

    lead: str
    columns: tuple[str, str]
    movements: tuple[Movement, ...]
    bars: tuple[Bar, ...]
    bars_name: str
    median: float | None

    @property
    def has_bars(self) -> bool:
        """Whether there is anything to compare this period with."""
        return sum(bar.count > 0 for bar in self.bars) > 1


def tally(content: DigestContent, since: datetime, until: datetime, zone: tzinfo) -> Tally:
    """Return a digest's numbers in words."""
    windows, columns = content["history"], column_words(since, until, zone)
    now, before = content["numbers"], [window["numbers"] for window in windows]
    return Tally(
        lead=_lead(content, since, until, zone),
        columns=columns,
        movements=tuple(_movement(name, now, before, columns[1]) for name in _GROUPS),
        bars=_bars(windows, _total(now), until, zone),
        bars_name=f"Changes in {times_words(since, until, zone, len(windows))} and in this one",
        median=content["usual"]["median"] if content["usual"] else None,
    )


def _total(found: Mapping[str, int]) -> int:
    return sum(found.values())


# ---- the paragraph


def _lead(content: DigestContent, since: datetime, until: datetime, zone: tzinfo) -> str:
    when = in_words(since, until, zone)
    found = content["numbers"]
    parts = [said_number(name, count) for name, count in found.items() if count]
    if parts and rhythm_of(since, until, zone) == "other":
        said = f"{counted(_total(found), 'change')} {when}: {listed(parts)}."
    elif parts:
        said = f"{when[0].upper()}{when[1:]} there {'was' if _total(found) == 1 else 'were'}"
        said = f"{said} {counted(_total(found), 'change')}: {listed(parts)}."
    else:
        said = f"Nothing changed {when.removesuffix('.')}."  # a.m. ends in one already
    compared = _compared(content, since, until, zone)
    return " ".join(filter(None, (said, compared, _missed(content, zone), _again(content))))


def _compared(content: DigestContent, since: datetime, until: datetime, zone: tzinfo) -> str:
    windows, now = content["history"], _total(content["numbers"])
    if not windows:
        rhythm = rhythm_of(since, until, zone)
        full = f"full {rhythm}" if rhythm != "other" else "digest of this length"
        which = "digest" if content["first"] else full
        return f"This is the first {which}, so there is nothing to compare it with."
    last = _total(windows[0]["numbers"])
    which = before_words(since, until, zone)
    moved = f"{abs(now - last):,} {'more' if now > last else 'fewer'} than" if now != last else "the same as"
    said = f"That is {moved} {which} ({last:,})" if now or last else f"{which.capitalize()} was just as quiet"
    found = content["usual"]
    if found is None:
        return f"{said}; there is not enough history yet to say what is typical."
    times = times_words(since, until, zone, found["windows"])
    if now > found["most"]:
        return f"{said} and more than in any of {times} (typical: {_usual(found)})."
    if now < found["least"]:
        return f"{said} and fewer than in any of {times} (typical: {_usual(found)})."
    return f"{said}; typical for {times}: {_usual(found)}."


def _usual(found: UsualData) -> str:
    """Return a median and a range: 4, ranging from 0 to 9."""
    middle = f"{found['median']:,.1f}".removesuffix(".0")
    if found["least"] == found["most"]:
        return f"always {middle}"
    return f"{middle}, ranging from {found['least']:,} to {found['most']:,}"


def _missed(content: DigestContent, zone: tzinfo) -> str:
    missed = [day(datetime.fromisoformat(moment), zone) for moment in content["missed"]]
    if not missed:
        return ""
    if len(missed) == 1:
        return f"The digest due on {missed[0]} was not made; this one covers that period too."
    return f"{len(missed)} digests due since {missed[0]} were not made; this one covers that period too."


def _again(content: DigestContent) -> str:
    known = content["told_before"]
    verb = "is" if known == 1 else "are"
    return f"{counted(known, 'record')} reported earlier {verb} now on another site too." if known else ""


# ---- line by line


def _movement(
    name: str, now: Mapping[str, int], before: Sequence[Mapping[str, int]], column: str
) -> Movement:
    piles = _piles(name, now)
    count = sum(now[pile] for pile in piles)
    counts = [sum(window.get(pile, 0) for pile in piles) for window in before]
    found = usual(counts)
    parts = [said_number(pile, now[pile]) for pile in piles if now[pile]]
    details = ", ".join(parts) if len(parts) > 1 else ""
    beside = [f"{column}: {counts[0]:,}"] if counts else []
    beside += [f"typical: {_usual(found)}"] if found else []
    said = f"{name}: {count:,}{f' – {details}' if details else ''}"
    return Movement(
        name=name,
        count=count,
        before=f"{counts[0]:,}" if counts else "",
        usual=_short_usual(found) if found else "",
        details=details,
        said=f"{said} ({'; '.join(beside)})" if beside else said,
    )


def _piles(name: str, now: Iterable[str]) -> list[str]:
    if name != _CHANGED:
        return [pile for pile in now if pile in _GROUPS[name]]
    named = {pile for piles in _GROUPS.values() for pile in piles}
    return [pile for pile in now if pile not in named]


def _short_usual(found: UsualData) -> str:
    middle = f"{found['median']:,.1f}".removesuffix(".0")
    if found["least"] == found["most"]:
        return middle
    return f"{middle} ({found['least']:,}–{found['most']:,})"


def _bars(windows: Sequence[WindowData], now: int, until: datetime, zone: tzinfo) -> tuple[Bar, ...]:
    if not windows:
        return ()
    ended = [(datetime.fromisoformat(window["until"]), _total(window["numbers"])) for window in windows]
    found = [*reversed(ended), (until, now)]
    highest = max(count for _, count in found) or 1
    return tuple(
        Bar(_short_day(end, zone), count, max(count * 100 // highest, 2) if count else 0, end is until)
        for end, count in found
    )


def _short_day(time: datetime, zone: tzinfo) -> str:
    return day_words(time.astimezone(zone), year=False)

"""The positions of bars, for the inline SVG of a page. Pure geometry; colors are in the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.language.text import shortened
from monitor.domain.agencies import short_name

WIDTH = 480
_ROW, _LABELS, _NUMBERS = 20, 150, 56  # pixels: of a lying bar's row, for its name, for its number
_HEIGHT, _TOP, _FOOT = 130, 14, 18  # of standing bars, above them, for the weeks' names
_LONGEST_NAME, _WEEKS_NAME = 22, 40  # letters; pixels


@dataclass(frozen=True, slots=True)
class LyingBar:
    """One bar of a list, with its name and number."""

    name: str
    count: int
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Lying:
    """Bars one below the other."""

    height: int
    left: int
    bars: tuple[LyingBar, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One bar of two rows of them over time; `kind` is the row."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Weeks:
    """Two bars a week, with the names of some weeks."""

    height: int
    floor: int
    most: int
    bars: tuple[Standing, ...]
    names: tuple[tuple[float, str], ...]
    said: str


def lying(counts: Sequence[tuple[str, int]]) -> Lying | None:
    """Return bars for names with their counts; None where there is nothing to compare."""
    if sum(1 for _, count in counts if count) < 2:
        return None
    most = max(count for _, count in counts)
    room = WIDTH - _LABELS - _NUMBERS
    bars = tuple(
        LyingBar(
            shortened(short_name(name) or name, _LONGEST_NAME),
            count,
            number * _ROW,
            round(room * count / most, 1),
        )
        for number, (name, count) in enumerate(counts)
    )
    said = "; ".join(f"{name}: {count:,}" for name, count in counts)
    return Lying(_ROW * len(bars), _LABELS, bars, said)


def weeks(counts: Sequence[tuple[str, int, int]]) -> Weeks | None:
    """Return bars for weeks with what came and what went; None where there is nothing to compare."""
    if sum(1 for _, came, went in counts if came or went) < 2:
        return None
    most = max(max(came, went) for _, came, went in counts)
    slot, floor = WIDTH / len(counts), _HEIGHT + _TOP
    bars = []
    for number, (_, came, went) in enumerate(counts):
        for place, (kind, count) in enumerate((("came", came), ("went", went))):
            height = round(_HEIGHT * count / most, 1)
            x = round(slot * (number + 0.1 + 0.4 * place), 1)
            bars.append(Standing(kind, x, round(floor - height, 1), round(slot * 0.36, 1), height))
    step = max(len(counts) // 5, 1)
    names = tuple(
        (round(slot * number + 2, 1), name)
        for number, (name, *_) in enumerate(counts)
        if number % step == 0 and slot * number <= WIDTH - _WEEKS_NAME
    )
    said = "; ".join(f"week of {name}: {came:,} opened, {went:,} closed" for name, came, went in counts)
    return Weeks(floor + _FOOT, floor, most, tuple(bars), names, said)

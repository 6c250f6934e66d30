"""The positions of a chart's bars and lines, for the inline SVG of a digest file. Pure geometry."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.views.numbers import Bar, Tally

WIDTH, HEIGHT = 720, 190
_TOP, _BOTTOM = 22, 160
_GAP = 0.28  # as a share of a bar's slot


@dataclass(frozen=True, slots=True)
class Column:
    """One bar with the position of its numbers."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    bar: Bar


@dataclass(frozen=True, slots=True)
class Chart:
    """The changes over time, with the median of the earlier periods as a line."""

    width: int
    height: int
    bottom: int
    columns: tuple[Column, ...]
    now_x: float
    median_y: float | None
    said: str


def chart(tally: Tally) -> Chart | None:
    """Return the chart of a digest's numbers, or None if there is no history."""
    if not tally.bars:
        return None
    highest = max([bar.count for bar in tally.bars] + [1])

    def level(count: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * count / highest, 1)

    columns = _columns(tally.bars, level(0) - level(1))
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        bottom=_BOTTOM,
        columns=columns,
        now_x=columns[-1].x,
        median_y=level(tally.median) if tally.median is not None else None,
        said="; ".join(f"through {bar.label}: {bar.count:,}" for bar in tally.bars),
    )


def _columns(bars: Sequence[Bar], unit: float) -> tuple[Column, ...]:
    place = WIDTH / len(bars)
    found = []
    for number, bar in enumerate(bars):
        x, height = place * (number + _GAP / 2), round(unit * bar.count, 1)
        found.append(
            Column(
                x=round(x, 1),
                y=round(_BOTTOM - height, 1),
                width=round(place * (1 - _GAP), 1),
                height=height,
                middle=round(x + place * (1 - _GAP) / 2, 1),
                bar=bar,
            )
        )
    return tuple(found)

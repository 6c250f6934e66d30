"""Named points of the way from page to message at which a test may make the program die, wait or fail.

Nothing happens unless OVERSIGHT_WATCH_FAULTS is set when the program starts. It lists point=act pairs, as in
`answered=kill@2,fetched=stall:1.5,settled=fail`: die by SIGKILL when a channel has answered for the second
time, wait for 1.5 seconds once a page came, raise an error instead of committing a check.
"""

import os
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import Literal, get_args

Point = Literal[
    "fetched",  # a page came, and is not read yet
    "page_kept",  # a sweep has read one of its pages and noted it
    "observed",  # a look is over; nothing is written
    "settled",  # check, changes and messages are written, not committed
    "checked",  # they are committed
    "leased",  # a message is leased, not rendered
    "sending",  # a message is rendered, the channel not asked
    "answered",  # the channel has answered; its answer is not written
    "noted",  # the answer is written, not committed
    "delivered",  # it is committed
    "digest_made",  # a digest and its messages are written, not committed
    "digest_kept",  # they are committed; the digest's file is not written
    "reminder_made",  # reminders and their messages are written, not committed
    "reminder_kept",  # they are committed
]
POINTS: tuple[Point, ...] = get_args(Point)
_PLAN = re.compile(r"(?P<point>\w+)=(?P<act>kill|fail|stall:(?P<seconds>\d+(\.\d+)?))(@(?P<turn>[1-9]\d*))?")


class FaultError(RuntimeError):
    """The failure that was asked for."""


@dataclass(slots=True)
class _Fault:
    """What happens the `turn`-th time a point is reached."""

    act: str
    seconds: float
    turn: int
    reached: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self) -> bool:
        with self.lock:
            self.reached += 1
            return self.reached == self.turn


def planned(text: str) -> dict[str, _Fault]:
    """Read what OVERSIGHT_WATCH_FAULTS asks for. Raises ValueError where it names no known point or act."""
    plan = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _PLAN.fullmatch(part)
        if found is None or found["point"] not in POINTS:
            raise ValueError(
                f"OVERSIGHT_WATCH_FAULTS: {part!r} is not a fault; write for example answered=kill@2,"
                f" and one of {', '.join(POINTS)}"
            )
        plan[found["point"]] = _Fault(found["act"], float(found["seconds"] or 0), int(found["turn"] or 1))
    return plan


_plan = planned(os.environ.get("OVERSIGHT_WATCH_FAULTS", ""))


def reach(point: Point) -> None:
    """Report that a point is reached; does nothing unless a fault was asked for there."""
    if _plan:
        _act(_plan.get(point), point)


def _act(fault: _Fault | None, point: Point) -> None:
    if fault is None or not fault.is_due():
        return
    if fault.act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault.act == "fail":
        raise FaultError(f"asked to fail at {point!r}")
    time.sleep(fault.seconds)

"""The command line, in a process whose clock may run ahead; and two ways to break a promise on purpose.

The clock stands for time gone by between two lives: leases, waits and digests fall due without waiting. The
pause between two requests to one host is left out, because the sites are our own.
"""

import faulthandler
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Timer
from typing import Any
from uuid import uuid4

import httpx
import time_machine

import service.runtime.app
import service.runtime.fleet.worker
from alerts.channels.send import send
from alerts.domain.messages import Message, Target
from alerts.outbox.deliver import Sender
from monitor.fetch.politeness.turns import Politeness, Turn
from service.cli import main as cli

AHEAD = "FAULT_RUN_SECONDS_AHEAD"
SABOTAGE = "FAULT_RUN_SABOTAGE"
STALLED_AFTER = (
    1.0  # seconds without a sign of life after which a worker counts as gone; lives are short here
)


def hand_over_in_memory() -> None:
    """Call a message sent when it has only been put aside: a kill in between loses it."""

    def put_aside(target: Target, message: Message) -> None:
        later = Timer(30.0, send, (target, message))
        later.daemon = True
        later.start()

    _send_by(put_aside)


def change_identity() -> None:
    """Give each attempt an identity of its own."""

    def disguise(target: Target, message: Message) -> None:
        send(target, replace(message, identity=uuid4().hex))

    _send_by(disguise)


def _send_by(way: Callable[[Target, Message], None]) -> None:
    service.runtime.app.Sender = partial(Sender, send=way)  # type: ignore[assignment, misc]


SABOTAGES: Mapping[str, Callable[[], None]] = {
    "in_memory": hand_over_in_memory,
    "identity": change_identity,
}


class Hurried(Politeness):
    """Leaves no pause after a request; turns are taken all the same."""

    def turn(self, client: httpx.Client, url: str, _delay: float, **how: Any) -> AbstractContextManager[Turn]:
        """Wait for the host's turn, and leave it free for the next one at once."""
        return super().turn(client, url, 0.0, **how)


def main() -> None:
    """Set the clock, then be the command line."""
    faulthandler.enable()
    ahead = timedelta(seconds=float(os.environ.get(AHEAD, "0")))
    time_machine.travel(datetime.now(UTC) + ahead, tick=True).start()
    if sabotage := os.environ.get(SABOTAGE):
        SABOTAGES[sabotage]()
    service.runtime.app.Politeness = Hurried  # type: ignore[misc]
    fleet = service.runtime.fleet.worker
    fleet.work = partial(fleet.work, stalled_after=STALLED_AFTER)
    cli.main()

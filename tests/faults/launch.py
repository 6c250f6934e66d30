"""The command line, in a process whose clock may run ahead; and three ways to break a promise on purpose.

The clock stands for time gone by between two lives: leases, waits and digests fall due without waiting. The
pause between two requests to one host is left out, because the sites are our own.
"""

import faulthandler
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import time_machine

import alerts.channels.send
from alerts.domain.messages import Message, Target
from monitor.fetch.politeness.turns import Politeness, Turn

AHEAD = "FAULT_RUN_SECONDS_AHEAD"
SABOTAGE = "FAULT_RUN_SABOTAGE"
STALLED_AFTER = (
    1.0  # seconds without a sign of life after which a worker counts as gone; lives are short here
)


def hand_over_in_memory() -> None:
    """Call a message sent when it has only been put aside: a kill in between loses it."""
    send = alerts.channels.send.send

    def put_aside(target: Target, message: Message) -> None:
        from threading import Timer

        later = Timer(30.0, send, (target, message))
        later.daemon = True
        later.start()

    alerts.channels.send.send = put_aside


def change_identity() -> None:
    """Give each attempt an identity of its own."""
    send = alerts.channels.send.send

    def disguise(target: Target, message: Message) -> None:
        send(target, replace(message, identity=uuid4().hex))

    alerts.channels.send.send = disguise


def forget_to_commit_together() -> None:
    """Commit changes before their messages: a crash in between leaves a change that is never told."""
    import monitor.check

    settle = monitor.check.settle

    def settle_alone(session, seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        settled = settle(session, seen)
        session.commit()
        time.sleep(0.2)
        return settled

    monitor.check.settle = settle_alone  # type: ignore[assignment]


SABOTAGES: Mapping[str, Callable[[], None]] = {
    "in_memory": hand_over_in_memory,
    "identity": change_identity,
    "two_commits": forget_to_commit_together,
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
    import service.runtime.app
    from service.cli import main as cli

    service.runtime.app.Politeness = Hurried  # type: ignore[misc]
    if "worker" in sys.argv:  # the engine for jobs takes long to import
        import service.runtime.fleet.worker as fleet

        fleet.work = partial(fleet.work, stalled_after=STALLED_AFTER)
    cli.main()


if __name__ == "__main__":
    main()

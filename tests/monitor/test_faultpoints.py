"""Faults happen where they are asked for, and nowhere else."""

import os
import signal
import subprocess
import sys

import pytest

from monitor.faultpoints import POINTS, planned

_REACH_TWICE = "from monitor.faultpoints import reach; reach('settled'); reach('settled'); print('alive')"


def reached(faults: str | None) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "OVERSIGHT_WATCH_FAULTS"}
    env |= {"OVERSIGHT_WATCH_FAULTS": faults} if faults is not None else {}
    return subprocess.run(
        [sys.executable, "-c", _REACH_TWICE], env=env, capture_output=True, text=True, check=False
    )


def test_nothing_happens_unless_asked() -> None:
    assert reached(None).stdout == "alive\n"
    assert reached("").stdout == "alive\n"
    assert reached("settled=kill@3,fetched=kill").stdout == "alive\n"


def test_a_process_dies_at_the_asked_turn() -> None:
    assert reached("settled=kill@2").returncode == -signal.SIGKILL


def test_a_failure_is_raised_and_named() -> None:
    assert "FaultError: asked to fail at 'settled'" in reached("settled=fail").stderr


def test_every_point_can_be_asked_for() -> None:
    plan = planned(", ".join(f"{point}=stall:0.5@2" for point in POINTS))
    assert {point: (fault.seconds, fault.turn) for point, fault in plan.items()} == dict.fromkeys(
        POINTS, (0.5, 2)
    )


@pytest.mark.parametrize("text", ["nowhere=kill", "settled=explode", "settled=kill@0", "settled"])
def test_a_plan_that_names_no_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a fault; write for example answered=kill@2"):
        planned(text)

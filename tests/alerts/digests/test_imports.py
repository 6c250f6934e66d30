"""What loading the digests brings with it."""

import subprocess
import sys

import pytest

_LOOK = """
import importlib, sys
import requests
before = requests.sessions.Session
importlib.import_module(sys.argv[1])
assert not [name for name in sys.modules if name.partition(".")[0] == "apprise"], "Apprise is loaded"
assert requests.sessions.Session is before, "requests is patched"
"""


@pytest.mark.slow  # a process for each
@pytest.mark.parametrize(
    "module",
    [
        "alerts.digests.content",
        "alerts.digests.make",
        "alerts.digests.reminders",
        "alerts.domain.messages",
        "alerts.outbox.queue",
        "alerts.rendering.render",
        "alerts.routing.route",
    ],
)
def test_a_digest_is_made_without_a_channel_library(module: str) -> None:
    subprocess.run([sys.executable, "-c", _LOOK, module], check=True)

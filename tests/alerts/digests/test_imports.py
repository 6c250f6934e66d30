"""What loading the digests brings with it."""

import json
import subprocess
import sys

import pytest

# Each module in a process of its own, which is a fork of one that has loaded what is no matter here.
_LOOK = """
import importlib, json, os, sys
import requests, sqlmodel
before, found = requests.sessions.Session, {}
for module in sys.argv[1:]:
    reading, writing = os.pipe()
    if not os.fork():
        importlib.import_module(module)
        loaded = [name for name in sys.modules if name.partition(".")[0] == "apprise"]
        os.write(writing, json.dumps([loaded[:1], requests.sessions.Session is before]).encode())
        os._exit(0)
    os.close(writing)
    found[module] = json.loads(os.fdopen(reading).read())
print(json.dumps(found))
"""
_MODULES = (
    "alerts.digests.content",
    "alerts.digests.make",
    "alerts.digests.reminders",
    "alerts.domain.messages",
    "alerts.outbox.queue",
    "alerts.rendering.render",
    "alerts.routing.route",
)


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[object]]:
    """Return for each module what it loads of Apprise, and whether requests is as it was."""
    ran = subprocess.run([sys.executable, "-c", _LOOK, *_MODULES], check=True, capture_output=True)
    return dict(json.loads(ran.stdout))


@pytest.mark.slow  # a process for each
@pytest.mark.parametrize("module", _MODULES)
def test_a_digest_is_made_without_a_channel_library(module: str, loaded: dict[str, list[object]]) -> None:
    assert loaded[module] == [[], True]

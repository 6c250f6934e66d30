"""Send a test message to channels, the way real ones are sent; keeps nothing and counts as no alert."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from alerts.channels.send import send, targets
from alerts.domain.errors import DeliveryError
from alerts.domain.messages import Target
from alerts.language.text import plain
from alerts.rendering.envelopes import program_notice
from alerts.rendering.environments import Templates, templates
from alerts.rendering.render import render_notice
from monitor.domain.errors import OversightError
from monitor.domain.text import hint
from monitor.domain.us_dates import moment_words
from service.watchfile.settings import WatchFile


def send_tests(settings: WatchFile, names: Sequence[str]) -> int:
    """Send one message to every recipient of these channels (all when none is named); give the failures.

    Raises OversightError for a name that no channel has, before anything is sent.
    """
    for name in names:
        if name not in settings.channels:
            raise OversightError(f"no channel is called {name!r}{hint(name, sorted(settings.channels))}")
    wanted = list(dict.fromkeys(names or settings.channels))
    if not wanted:
        raise OversightError("the watch file has no channel to test; add one below 'channels:'")
    faces = templates(settings.templates)
    found = [target for name in wanted for target in targets(name, settings.channels[name], settings.contact)]
    return sum(not _accepted(target, faces, ZoneInfo(settings.time_zone)) for target in found)


def _accepted(target: Target, faces: Templates, time_zone: ZoneInfo) -> bool:
    to = f"{target.channel} ({plain(target.recipient)})"
    if target.secret:
        to = f"{target.channel} ({target.recipient} at {urlsplit(target.url.get_secret_value()).hostname})"
        message = program_notice(_content(target, time_zone), _identity())
    else:
        message = render_notice(
            _content(target, time_zone), face=target.face, identity=_identity(), templates=faces
        )
    try:
        send(target, message)
    except DeliveryError as error:
        typer.echo(f"not accepted: {to}: {plain(error)}")
        return False
    typer.echo(f"accepted: {to}")
    return True


def _content(target: Target, time_zone: ZoneInfo) -> dict[str, object]:
    lines = [
        f"This is a test of the channel {target.channel}, sent {moment_words(datetime.now(UTC), time_zone)}.",
        "If you can read it, alerts and digests will arrive the same way. Nothing needs to be done.",
    ]
    return {"title": f"Test of the channel {target.channel}", "lines": lines}


def _identity() -> str:
    # Each test is a message of its own: a receiver that drops repeats must show every one.
    return secrets.token_hex(16)

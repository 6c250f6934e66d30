"""Look for what can keep the service from working here, and say how to mend it. Sends no message."""

import os
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alerts.channels.probe import probe
from alerts.channels.send import targets
from alerts.domain.errors import DeliveryError
from monitor.domain.errors import FetchError, OversightError, Refused, StoreError
from monitor.domain.extras import install_command, is_installed
from monitor.domain.program import program_version
from monitor.domain.settings import SourceSettings
from monitor.fetch.routes import routes
from service.database.database import known_versions, open_database, stored_version
from service.runtime.app import make_fetcher
from service.watchfile.advice import warnings
from service.watchfile.dotenv import NAME as DOTENV
from service.watchfile.settings import WatchFile

_LITTLE_SPACE, _NO_SPACE = 1_000_000_000, 50_000_000
_CLOCK_OFF = 120  # seconds


class State(StrEnum):
    """What a finding means."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it."""

    check: str
    state: State
    said: str
    fix: str = ""


def examine(settings: WatchFile, watch_file: Path) -> Iterator[Finding]:
    """Yield what is found, one thing after the other: this machine, the sites, the channels."""
    yield from _versions(settings)
    yield from _permissions(settings, watch_file)
    yield from _disk(settings)
    yield from _database(settings)
    yield from _time_zone(settings)
    yield from _network(settings)
    yield from _channels(settings)
    for sentence in warnings(settings):
        yield Finding("watch file", State.WARNING, sentence)


def _versions(settings: WatchFile) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("versions", State.OK, f"Oversight Watch {program_version()}, Python {python}")
    needed = {"postgres"} if settings.database.startswith("postgresql") else set()
    if any(one.fetcher == "browser" for one in settings.sources.values()):
        needed.add("browser")
    if any(one.documents == "text" for one in settings.sources.values()):
        needed.add("documents")
    if settings.evidence.time_stamp:
        needed.add("time-stamps")
    for extra in sorted(needed):
        if not is_installed(extra):
            yield Finding(
                "versions",
                State.WRONG,
                f"the watch file needs the extra {extra!r}, which is not installed",
                f"run: {install_command(extra)}",
            )


def _permissions(settings: WatchFile, watch_file: Path) -> Iterator[Finding]:
    secrets = watch_file.parent / DOTENV
    if secrets.exists() and secrets.stat().st_mode & 0o077:
        yield Finding(
            "permissions", State.WARNING, f"{secrets} can be read by others", f"run: chmod 600 {secrets}"
        )
    folders = {"the digests": settings.digest_folder}
    if (file := _database_file(settings)) is not None:
        folders["the database"] = file.parent
    for what, folder in folders.items():
        found = _existing(folder)
        if not os.access(found, os.W_OK):
            yield Finding(
                "permissions",
                State.WRONG,
                f"{found} cannot be written, where {what} would be",
                f"run: sudo chown -R $(id -un) {found}, or name another folder in {watch_file}",
            )
            return
    yield Finding("permissions", State.OK, "the folders of the database and the digests can be written")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists and in which it would be made."""
    return next(one for one in (folder, *folder.absolute().parents) if one.is_dir())


def _database_file(settings: WatchFile) -> Path | None:
    scheme, _, path = settings.database.partition(":///")
    return Path(path) if scheme == "sqlite" else None


def _disk(settings: WatchFile) -> Iterator[Finding]:
    file = _database_file(settings)
    if file is None:
        return
    free = shutil.disk_usage(_existing(file.parent)).free
    said = f"{free / 1e9:,.1f} GB free for the database"
    state = State.WRONG if free < _NO_SPACE else State.WARNING if free < _LITTLE_SPACE else State.OK
    fix = "free some space, or name a database on another disk" if state is not State.OK else ""
    yield Finding("disk", state, said, fix)


def _database(settings: WatchFile) -> Iterator[Finding]:
    try:
        version = stored_version(settings.database)
        if version is None:
            yield Finding("database", State.OK, "no history yet; the first check makes it")
            return
        open_database(settings.database, create=False).close()
    except StoreError as error:
        yield Finding("database", State.WRONG, str(error), "see oversight-watch db check -h")
        return
    newer = "" if version == known_versions()[-1] else ", now brought up to date"
    yield Finding("database", State.OK, f"can be read, schema {version}{newer}")


def _time_zone(settings: WatchFile) -> Iterator[Finding]:
    here = datetime.now().astimezone().tzname()
    yield Finding("time zone", State.OK, f"{settings.time_zone} in the watch file; this machine is in {here}")


def _network(settings: WatchFile) -> Iterator[Finding]:
    web = {
        urlsplit(one.url).netloc: one for one in settings.sources.values() if one.is_web and not one.paused
    }
    if not web:
        return
    try:
        known = routes(settings.proxy, settings.ca_file)
    except OversightError as error:
        yield Finding("proxy", State.WRONG, str(error), "mend 'proxy' in the watch file or the environment")
        return
    said = "requests go through a proxy" if known.proxies else "none is set; sites are asked directly"
    yield Finding("proxy", State.OK, said)
    offsets: list[float] = []
    for host, source in web.items():
        yield _site(settings, host, source, offsets, proxied=bool(known.proxies))
    yield from _clock(offsets)


def _site(
    settings: WatchFile, host: str, source: SourceSettings, offsets: list[float], *, proxied: bool
) -> Finding:
    """Look a host up, and read its robots.txt the way a check does: the network, certificates, permission."""
    name = urlsplit(source.url).hostname or host
    if not proxied:
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            return Finding(
                "DNS",
                State.WRONG,
                f"{name} cannot be looked up",
                "check the spelling, the network and its DNS",
            )
    fetcher = make_fetcher(settings)
    try:
        with fetcher.asking(source, lambda stated: offsets.append(_offset(stated))):
            pause = fetcher.asked_pause(source.url)
    except Refused as error:
        return Finding("robots", State.WRONG, str(error), "use its feed or export, or pages saved by hand")
    except FetchError as error:
        return Finding("network", State.WRONG, f"{host}: {error}", _fix_of(error))
    finally:
        fetcher.close()
    waits = f"; it asks for {pause:g} s between two requests" if pause else ""
    return Finding("site", State.OK, f"{host} answers and lets programs read {source.url}{waits}")


def _fix_of(error: BaseException) -> str:
    causes: list[Any] = [error, error.__cause__, getattr(error.__cause__, "__cause__", None)]
    if any(isinstance(one, ssl.SSLError) or "certificate" in str(one).casefold() for one in causes):
        return "if your network has an authority of its own, name its certificate with 'ca_file'"
    return "open the page in a browser on this machine; if you need a proxy, set 'proxy' or HTTPS_PROXY"


def _offset(stated: str) -> float:
    try:
        return abs((datetime.now(UTC) - parsedate_to_datetime(stated)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _clock(offsets: list[float]) -> Iterator[Finding]:
    if not offsets:
        return
    # One site may be wrong; this clock is where all of them say so.
    off = min(offsets)
    if off > _CLOCK_OFF:
        yield Finding(
            "clock",
            State.WRONG,
            f"this machine's clock is {off:,.0f} s off",
            "set it by the network: sudo timedatectl set-ntp true",
        )
    else:
        yield Finding("clock", State.OK, "agrees with the sites")


def _channels(settings: WatchFile) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, channel in settings.channels.items():
        for target in targets(name, channel, settings.contact):
            url = target.url.get_secret_value()
            if url in seen:
                continue
            seen.add(url)
            try:
                said = probe(target)
            except DeliveryError as error:
                yield Finding(
                    "channel",
                    State.WRONG,
                    f"{name}: {error}",
                    f"then try: oversight-watch channels test {name}",
                )
            else:
                yield Finding("channel", State.OK, f"{name}: {said}")

"""What is valid in a watch file and still cannot work, in sentences for `config check`."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path

from alerts.channels.services import scheme_of
from alerts.domain.destinations import destinations
from alerts.domain.settings import looks_inside, terms_of
from alerts.topics.terms import parse_term
from monitor.domain.agencies import is_part_of_a_name, names_of, nearest_names
from monitor.domain.extras import install_command, is_installed
from monitor.domain.settings import SourceSettings, spelled
from monitor.domain.text import CURLY_QUOTES, UNSEEN, hint
from monitor.domain.types import FIELDS
from monitor.profiles.registry import PROFILES
from service.watchfile.settings import WatchFile

_SMART_QUOTES = re.compile(f"[{CURLY_QUOTES}]")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+(?:gov|mil|org|com|net|edu|us|int)(?:[/:?]|$)", re.IGNORECASE)
_BOOLEAN = re.compile(r"(?<!\S)(?:AND|OR|NOT|NEAR)(?!\S)")
_POLITE = timedelta(minutes=1)
_MOST_SHOWN = 100


def warnings(settings: WatchFile) -> list[str]:
    """Return a sentence for each thing that will not work as it was probably meant, a hundred at most."""
    every = chain(_of_channels(settings), _of_sources(settings), _of_topics(settings))
    found = [*islice(every, _MOST_SHOWN + 1)]
    if len(found) > _MOST_SHOWN:
        found[-1] = f"there are more than these {_MOST_SHOWN}; mend them and check again"
    return found


def _of_sources(settings: WatchFile) -> Iterator[str]:
    folders = [f"{file.parent.absolute()}/" for file in settings.files]
    for key, source in settings.sources.items():
        yield from _of_expectations(key, source, settings)
        if source.documents == "text" and not is_installed("documents"):
            yield (
                f"source {key}: 'documents: text' needs an extra that is not installed; run:"
                f" {install_command('documents')}"
            )
        if any(mark in source.url for mark in UNSEEN):
            yield f"source {key}: its address holds a character that cannot be seen; type it again"
        if source.is_web:
            if source.every and source.every < _POLITE:
                yield (
                    f"source {key}: a check every {spelled(source.every)} is too often for a public site;"
                    " sites block such visitors. Write 15m or longer"
                )
        elif sentence := _of_saved(source, folders):
            yield f"source {key}: {sentence}"


def _of_expectations(key: str, source: SourceSettings, settings: WatchFile) -> Iterator[str]:
    if source.profile is None or source.expect is None:
        return
    profile = settings.profiles.get(source.profile) or PROFILES.get(source.profile)
    if profile is None:
        return
    fields = FIELDS[profile.kind]
    for name in source.expect.strange(fields):
        yield (
            f"source {key}: 'expect' names {name}, which no {profile.kind} has, so every check would be set"
            f" aside; {profile.name} reads {profile.kind}s{hint(name, fields)}"
        )


def _of_saved(source: SourceSettings, folders: list[str]) -> str | None:
    written = source.url
    for folder in folders:
        written = written.removeprefix(folder)
    bare = _SMART_QUOTES.sub("", written)
    if bare != written:
        return f'the address has typographic quotes; write plain ones: "{bare}"'
    if _HOST.match(written) and not Path(source.url).exists():
        return f"{written} is read as a local file; for a web page write https://{written}"
    if not source.url.startswith("file:") and not Path(source.url).exists():
        return f"there is no file or folder {source.url}"
    return None


def _of_channels(settings: WatchFile) -> Iterator[str]:
    for name, channel in settings.channels.items():
        logs = {scheme_of(url.get_secret_value()) for url in channel.urls} & {"syslog", "rsyslog"}
        for scheme in sorted(logs):
            yield (
                f"channel {name}: {scheme}:// writes into a system log, which notifies nobody and confirms"
                " nothing; give it a mail address or a chat"
            )
    if not settings.channels:
        yield "there is no channel, so nothing is sent; add one under 'channels:'"
    elif all(channel.purpose != "operator" for channel in settings.channels.values()):
        yield (
            "no channel has 'purpose: operator'; add one for whoever mends what fails. Until then notices of"
            " trouble go to all channels once a day"
        )


def _of_topics(settings: WatchFile) -> Iterator[str]:
    if not settings.topics:
        yield "there is no topic, so no alert is sent; add one under 'topics:'"
    goes = destinations(settings.topics, settings.digests)
    inside = any(source.documents == "text" for source in settings.sources.values())
    for name, topic in settings.topics.items():
        if looks_inside(topic) and not inside:
            yield f"topic {name}: 'text:' finds nothing, as no source has 'documents: text'; add it to one"
        if not goes[name]:
            yield f"topic {name}: it is sent nowhere; add 'send', as in send: {{immediately: CHANNEL}}"
        for term in terms_of(topic):
            if sentence := _of_term(term) or _of_agency(term):
                yield f"topic {name}: the term {term!r} {sentence}"


def _of_term(term: str) -> str | None:
    if term.startswith("/"):
        return None
    if _BOOLEAN.search(term):
        return "is matched literally, AND, OR and NOT included; list terms under any:, all: and none:"
    if re.match("[-\u2013\u2014\u2022]", term):
        return "begins with a hyphen; a list item is '- WORD', and words to leave out go under none:"
    if term.startswith("*"):
        return "begins with *, which is not supported; only the end of a word can be left open, as in detain*"
    return None


def _of_agency(term: str) -> str | None:
    """Return a sentence where a term asks for an agency that the list of agencies does not have."""
    name, colon, asked = term.partition(":")
    asked = asked.strip().strip('"')
    if not colon or name.strip().casefold() != "agency" or asked.startswith("/") or names_of(asked):
        return None
    if any(is_part_of_a_name(" ".join(one.words), prefix=one.prefix) for one in parse_term(term).phrases):
        return None
    near = nearest_names(asked)
    advice = f"did you mean {' or '.join(map(repr, near))}?" if near else "check its spelling."
    return f"names no federal agency known here; {advice} It finds only these words as they are written"

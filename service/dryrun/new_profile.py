"""Write a proposed profile as a commented file to edit; never over an existing one."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.domain.errors import SourceError
from monitor.domain.types import FIELDS, RecordKind
from monitor.profiles.inference.propose import Proposal
from monitor.profiles.registry import PROFILES
from service.dryrun.profile_tests import test_command
from service.watchfile.new_file import write_new

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_BARE = re.compile(r"[A-Za-z][\w ./()|-]*[\w)]|[a-z]+")
_WORDS = ("yes", "no", "true", "false", "null", "on", "off", "y", "n")
_SAMPLE = 50


def name_for(address: str, given: str | None) -> str:
    """Return the name of a new profile: the given one, or one made of the address. Raises SourceError."""
    if given is not None:
        if not _NAME.fullmatch(given):
            raise SourceError(
                f"{given!r} is not a valid profile name; use lower-case letters, digits, - and _"
            )
        name = given
    else:
        parts = urlsplit(address)
        host = re.sub(r"^www\.|\.(?:gov|org|com|mil|edu|us)$", "", parts.hostname or "")
        last = Path(parts.path).stem
        name = re.sub(r"[^a-z0-9]+", "-", f"{host} {last}".lower()).strip("-") or "new-profile"
    if name.replace("_", "-") in PROFILES:
        raise SourceError(f"{name!r} is the name of a built-in profile; choose another with --name")
    return name


def write_profile(folder: Path, name: str, address: str, proposal: Proposal) -> Path:
    """Write the file. Raises OversightError where it exists already, which stays as it is."""
    path = folder / f"{name}.yaml"
    text = "\n".join(_lines(name, address, proposal)) + "\n"
    write_new(path, text.encode(), "choose another name with --name", with_folder=True)
    return path


def _lines(name: str, address: str, proposal: Proposal) -> Iterator[str]:
    settings, kind = proposal.settings, RecordKind(proposal.settings["kind"])
    yield f"# A draft, made from {address}"
    yield "# Check what it reads, and edit it until every row is right. docs/profiles.md explains the keys."
    yield f"#   oversight-watch sources try {json.dumps(address)} --profile {name}"
    yield f"#   oversight-watch sources try {json.dumps(address)} --profile {name} --save-expected"
    yield f"#   {test_command(name, address)}"
    yield from (f"# ! {doubt}" for doubt in proposal.doubts)
    yield f"describes: {_scalar(settings['describes'])}"
    yield f"kind: {kind.value}"
    yield f"format: {settings['format']}"
    if "recognize" in settings:
        yield "recognize: # pages at these addresses use this profile by default"
        yield f"  hosts: {_flow(settings['recognize']['hosts'])}"
        yield f"  path: {_scalar(settings['recognize']['path'])}"
    else:
        yield "# recognize: {hosts: www.example.gov, path: ^/reports/?$} # else sources name the profile"
    if "site" in settings:
        yield f"site: {_scalar(settings['site'])} # what links of a saved page are relative to"
    elif "url" in settings["fields"] and not any(record.fields["url"] for record in proposal.parse.records):
        yield "# site: https://www.example.gov/ # fill in: the links of the saved page are relative to it"
    yield from _row_lines(proposal)
    yield "fields:"
    for field, place in settings["fields"].items():
        yield f"  {field}: {_flow(place)}{_sample(proposal, field)}"
    missing = [field for field in FIELDS[kind] if field not in settings["fields"] and field != "status"]
    if missing:
        yield f"  # nothing was found for: {', '.join(missing)}"
    if "statuses" in settings:
        yield f"statuses: {_flow(settings['statuses'])}"
    yield from _paging_lines(settings)


def _row_lines(proposal: Proposal) -> Iterator[str]:
    settings = proposal.settings
    if "rows" in settings:
        yield f"rows: {_scalar(settings['rows'])} # {len(proposal.parse.rows)} on this page"
    elif settings["format"] == "html":
        yield "# rows: table tr # every row of a table with these words over its columns"
    if "details" in settings:
        yield f"details: {_scalar(settings['details'])} # what follows a row and belongs to it"
    for other in proposal.others:
        yield f"# also repeats: {other}"
    if settings.get("identity") == "url":
        yield "identity: url # several rows have one number"


def _paging_lines(settings: Mapping[str, Any]) -> Iterator[str]:
    if "total" in settings:
        yield f"total: {_scalar(settings['total'])} # the stated number of all rows"
    if "next" in settings:
        yield f"next: {_scalar(settings['next'])} # the link to the next page"
    if settings.get("whole") is False:
        yield "whole: false # what leaves a feed was not withdrawn"
    else:
        yield "# whole: false # where rows leave the page though they were not withdrawn"
    yield "# habits: {every: 6h, full_sweep: 1d, delay: 5s} # where the watch file says nothing"


def _sample(proposal: Proposal, field: str) -> str:
    values = (record.fields.get(field) for record in proposal.parse.records)
    found = next((str(value) for value in values if value is not None), None)
    if found is None:
        return " # read nothing"
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in found).split())
    return f" # {text[:_SAMPLE]}{'…' if len(text) > _SAMPLE else ''}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inside(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(_scalar(one, inside=True) for one in value) + "]"


def _inside(value: Any) -> str:
    return _flow(value) if isinstance(value, list) else _scalar(value, inside=True)


def _scalar(value: object, *, inside: bool = False) -> str:
    """Write a text so that YAML reads it back as it was; in single quotes where there are backslashes."""
    text = str(value)
    if _BARE.fullmatch(text) and text.lower() not in _WORDS and not (inside and "|" in text):
        return text
    plain = text.isprintable() and "\n" not in text
    return "'" + text.replace("'", "''") + "'" if plain else json.dumps(text)

"""Read what other page monitors watch: urlwatch, webchanges and changedetection.io. Nothing in it is run."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from yaml import YAMLError

from monitor.domain import yaml_core
from monitor.domain.errors import OversightError
from monitor.domain.plain_files import refuse_pipe

_LARGEST = 10_000_000  # bytes of a file, or of one in an archive
_MOST_JOBS = 5_000
_MOST_ALIASES = 1_000
_UNITS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_SHORTEST = 900  # seconds; a public site is not asked more often
_WORDS = ("grep", "keep_lines_containing")
# What says nothing about which page is read and whether it has changed.
_SILENT = {"name", "url", "user_visible_url", "note", "kind", "max_tries", "enabled", "compared_versions"}
_PROGRAMS = {"command", "shellescape"}


@dataclass(slots=True)
class Job:
    """One page that is watched elsewhere, and what of it has no counterpart here."""

    place: str
    url: str = ""
    title: str = ""
    seconds: int | None = None
    paused: bool = False
    browser: bool = False
    words: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    why_not: str = ""  # it cannot become a source


def read_jobs(path: Path) -> list[Job]:
    """Return what a file of another program watches. Raises OversightError where none is known."""
    try:
        raw = _content(path)
        found = list(_jobs(path, raw))
    except (YAMLError, RecursionError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise OversightError(f"{path} cannot be read as a configuration: {_why(error)}") from None
    except OSError as error:
        raise OversightError(f"{path} cannot be read: {error.strerror or error}") from None
    seen: dict[str, str] = {}
    for job in found:
        if not job.why_not and job.url in seen:
            job.why_not = f"watches the same address as {seen[job.url]}"
        seen.setdefault(job.url, job.place)
    return found


def _why(error: Exception) -> str:
    """Return in words for people why a file cannot be read."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8; save it as UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return " ".join(str(error).split())[:200].replace('in "<unicode string>", ', "at ")


def _content(path: Path) -> list[str]:
    """Return the texts in a file: its own, or of an archive those that list what is watched."""
    refuse_pipe(path)
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST // 1_000_000} MB")
    if not zipfile.is_zipfile(path):
        return [path.read_text(encoding="utf-8-sig")]
    with zipfile.ZipFile(path) as archive:
        wanted = [
            one for one in archive.infolist() if one.filename.endswith(("watch.json", "url-watches.json"))
        ]
        if not wanted or len(wanted) > _MOST_JOBS or any(one.file_size > _LARGEST for one in wanted):
            raise ValueError("the archive is not a backup of changedetection.io, or too large")
        return [archive.read(one).decode("utf-8-sig") for one in wanted]


def _jobs(path: Path, texts: list[str]) -> Iterator[Job]:
    first = texts[0].lstrip()
    if first.startswith("{"):
        yield from _watches(path, [json.loads(text) for text in texts])
        return
    if yaml_core.aliases(texts[0]) > _MOST_ALIASES:
        raise ValueError("it repeats parts of itself too often")
    documents = [one for one in yaml_core.load_all(texts[0]) if one is not None]
    # Some keep all jobs in one list.
    jobs = [job for one in documents for job in (one if isinstance(one, list) else [one])]
    if not jobs or not all(isinstance(one, Mapping) for one in jobs) or len(jobs) > _MOST_JOBS:
        raise ValueError(
            "it is neither a list of jobs of urlwatch or webchanges nor a backup of changedetection.io"
        )
    for number, job in enumerate(jobs, 1):
        yield _urlwatch(f"{path.name}, job {number}", job)


def _urlwatch(place: str, said: Mapping[str, Any]) -> Job:
    """Return a job of urlwatch or webchanges."""
    url = said.get("url") or said.get("navigate") or ""
    job = Job(place, str(url), str(said.get("name") or ""))
    job.browser = bool(said.get("navigate") or said.get("use_browser"))
    job.paused = said.get("enabled") is False
    if said.keys() & _PROGRAMS:
        job.why_not = "runs a program of yours, which is never done here"
    elif said.get("data") or str(said.get("method", "GET")).upper() != "GET":
        job.why_not = "sends a form; only pages that are read with GET can be watched"
    else:
        _require_web(job)
    for one in _listed(said.get("filter") or said.get("filters")):
        _filter(job, one)
    known = _SILENT | _PROGRAMS | {"navigate", "use_browser", "filter", "filters", "data", "method"}
    job.lost += [str(key) for key in said if key not in known]
    return job


def _filter(job: Job, said: Any) -> None:
    """Take a filter over as words of a topic, or name it as lost."""
    if isinstance(said, Mapping) and len(said) == 1:
        ((name, value),) = said.items()
    else:
        name, _, value = str(said).partition(":")
    value = value.get("text") or value.get("re") if isinstance(value, Mapping) else value
    if name in _WORDS and isinstance(value, str) and value.strip():
        job.words.append(f"/{value.strip()}/" if name == "grep" else value.strip())
    elif name not in ("html2text", "strip", "html-to-text"):
        job.lost.append(f"filter {name}")


def _watches(path: Path, found: list[Any]) -> Iterator[Job]:
    watches: list[Any] = []
    for one in found:
        if not isinstance(one, Mapping):
            raise TypeError("it is not a backup of changedetection.io")
        inner = one.get("watching")
        watches += inner.values() if isinstance(inner, Mapping) else [one]
    if len(watches) > _MOST_JOBS or not all(isinstance(one, Mapping) and one.get("url") for one in watches):
        raise ValueError("it is not a backup of changedetection.io, or has too many watches")
    for number, watch in enumerate(watches, 1):
        yield _changedetection(f"{path.name}, watch {number}", watch)


def _changedetection(place: str, said: Mapping[str, Any]) -> Job:
    job = Job(place, str(said["url"]), str(said.get("title") or ""), paused=bool(said.get("paused")))
    job.browser = "webdriver" in str(said.get("fetch_backend") or "")
    times = said.get("time_between_check")
    if isinstance(times, Mapping):
        counts = {unit: times.get(unit) for unit in _UNITS}
        seconds = sum(n * _UNITS[unit] for unit, n in counts.items() if isinstance(n, int) and 0 < n < 10_000)
        job.seconds = max(seconds, _SHORTEST) if seconds else None
    if str(said.get("method") or "GET").upper() != "GET" or said.get("body"):
        job.why_not = "sends a form; only pages that are read with GET can be watched"
    elif said.get("processor") not in (None, "text_json_diff"):
        job.why_not = "watches a price or a picture; a page monitor is the better tool for it"
    else:
        _require_web(job)
    job.words += [str(one) for one in _listed(said.get("trigger_text")) if str(one).strip()]
    lost = {
        "include_filters": "filters",
        "subtractive_selectors": "removed elements",
        "ignore_text": "ignored text",
        "headers": "request headers",
        "notification_urls": "notification addresses, which may hold secrets",
        "browser_steps": "browser steps",
        "proxy": "proxy",
    }
    job.lost += [name for key, name in lost.items() if said.get(key)]
    return job


def _require_web(job: Job) -> None:
    try:
        parts = urlsplit(job.url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or len(job.url) > 2_000 or "{{" in job.url or not job.url.isprintable():
        job.why_not = "has no web address"
    elif parts.password or parts.username:
        job.why_not = "has a login in its address"


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value in (None, "") else [value]

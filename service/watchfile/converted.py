"""Write a watch file from what another page monitor watches."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from alerts.topics.terms import parse_term
from monitor.domain.settings import spelled
from monitor.domain.text import squeeze
from service.watchfile.foreign import Job

_LONGEST_TITLE, _LONGEST_KEY = 80, 40
_HEAD = """\
# Made from the configuration of another page monitor: {name}
# Try a page with `oversight-watch sources try URL`. Where nothing reads it yet,
# `oversight-watch sources new URL` drafts a profile.

database: sqlite:///oversight-watch.db # beside this file
# contact: you@example.org # sent to the sites, so they can write to you before they block you

channels:
  desk:
    to: "${{ALERTS_URL}}" # a webhook, or an address for mail; in the environment, or in .env beside this file
  operator: # hears of trouble with a source or a channel
    to: "${{ALERTS_URL}}"
    purpose: operator

sources:
"""


def converted(name: str, jobs: Sequence[Job]) -> str:
    """Return the watch file; what cannot become a source is left out. Adds what is lost to the jobs."""
    keys: dict[str, Job] = {}
    for job in jobs:
        if not job.why_not:
            keys[_key(job, keys)] = job
    lines = [_HEAD.format(name=squeeze(name)).rstrip("\n")]
    lines += [f"  {key}: {_source(job)}" for key, job in keys.items()]
    lines += ["", "topics:", *_topics(keys)]
    return "\n".join(lines) + "\n"


def left_out(jobs: Sequence[Job]) -> Iterator[str]:
    """Yield a sentence for each job that is left out, and for what of the others is lost."""
    for job in jobs:
        called = f" ({squeeze(job.title)[:_LONGEST_TITLE]})" if job.title else ""
        if job.why_not:
            yield f"{job.place}{called}: left out; it {job.why_not}"
        elif job.lost:
            yield f"{job.place}{called}: not taken over: {', '.join(dict.fromkeys(map(squeeze, job.lost)))}"


def _key(job: Job, taken: dict[str, Job]) -> str:
    """Return a name for a source: of its title, or of its host."""
    host = (urlsplit(job.url).hostname or "page").removeprefix("www.")
    words = (
        re.sub(r"[^a-z0-9]+", "-", (job.title or host).lower()).strip("-")[:_LONGEST_KEY].strip("-") or "page"
    )
    number = 2
    key = words
    while key in taken:
        key, number = f"{words}-{number}", number + 1
    return key


def _source(job: Job) -> str:
    said = {"url": _quoted(job.url)}
    if title := "".join(one for one in squeeze(job.title) if one.isprintable())[:_LONGEST_TITLE].strip():
        said["title"] = _quoted(title)
    if job.seconds:
        said["every"] = spelled(timedelta(seconds=job.seconds))
    if job.browser:
        said["fetcher"] = "browser"
    if job.paused:
        said["paused"] = "true"
    return f"{{{', '.join(f'{name}: {value}' for name, value in said.items())}}}"


def _topics(keys: dict[str, Job]) -> Iterator[str]:
    """Yield a topic for each source with words of its own, and one for all others."""
    plain = []
    for key, job in keys.items():
        terms = list(_terms(job))
        if not terms:
            plain.append(key)
            continue
        yield f"  {key}:"
        yield f"    match: {{any: [{', '.join(map(_quoted, terms))}]}}"
        yield f"    sources: [{key}]"
        yield "    send: {immediately: [desk]}"
    if plain:
        yield "  everything-else:"
        yield f"    sources: [{', '.join(plain)}]"
        yield "    send: {immediately: [desk]}"


def _terms(job: Job) -> Iterator[str]:
    for word in job.words:
        term = re.sub(r"(?s)\A(/.+/)i\Z", r"\1", squeeze(word))
        try:
            parse_term(term)
        except ValueError:
            job.lost.append(f"words {term[:40]!r}")
        else:
            yield term


def _quoted(text: str) -> str:
    # A JSON string is one of YAML too; $$ is a dollar sign, which would name a variable otherwise.
    return json.dumps(text, ensure_ascii=False).replace("$", "$$")
